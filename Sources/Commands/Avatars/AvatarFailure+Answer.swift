public import LineProtocol

extension Failure {
    /// What the one who sent the picture reads.
    public init(_ failure: AvatarFailure) {
        switch failure {
        case .noUpload:
            self.init(.noUpload, words: "No picture is on its way. AVATAR PUT bytes begins one.")
        case .invalidParameters:
            self.init(
                .invalidParameters,
                words: "PUT wants the number of bytes, DATA whole groups of 4 characters of base64, at most "
                    + "\(AvatarUpload.mostBase64PerLine) a line, END nothing or a SHA-256. Begin again with PUT.")
        case .imageTooLarge(let mostBytes):
            self.init(
                .imageTooLarge, fields: [String(mostBytes)], words: "A picture has at most \(mostBytes) bytes.")
        case .tooManyPixels(let mostPixels):
            self.init(
                .imageTooLarge, fields: [String(mostPixels)], words: "A picture has at most \(mostPixels) pixels.")
        case .checksumMismatch:
            self.init(
                .checksumMismatch, words: "What arrived is not what was announced. Begin again with PUT.")
        case .unsupportedImage:
            self.init(.unsupportedImage, words: "Send a whole PNG, JPEG, WebP or GIF.")
        }
    }
}

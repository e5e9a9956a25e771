/// Why a picture is not taken.
public enum AvatarFailure: Error, Equatable, Sendable {
    /// DATA or END without a PUT before it: NO_UPLOAD.
    case noUpload
    /// INVALID_PARAMS.
    case invalidParameters
    /// More bytes than allowed: IMAGE_TOO_LARGE with the bytes.
    case imageTooLarge(mostBytes: Int)
    /// More pixels than allowed: IMAGE_TOO_LARGE with the pixels.
    case tooManyPixels(mostPixels: Int)
    /// CHECKSUM_MISMATCH.
    case checksumMismatch
    /// Not a picture of a kind that is taken, or not a whole one: UNSUPPORTED_IMAGE.
    case unsupportedImage
}

import CLibCurl

/// An easy handle of libcurl, for one transfer and one thread.
struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    /// libcurl reads it until the handle is gone.
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    /// Once a process, before the first handle.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(TransferFailure) {
        guard Self.isLibraryReady, let pointer = curl_easy_init() else { throw TransferFailure(.other) }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
        for list in lists { curl_slist_free_all(list) }
    }

    /// - Throws: `controlByte`: a line break would begin another command or header.
    func set(_ option: CURLoption, _ text: String?) throws(TransferFailure) {
        if let text { try Self.check(text) }
        try Self.check(gather_curl_set_text(pointer, option, text))
    }

    func set(_ option: CURLoption, _ number: Int) throws(TransferFailure) {
        try Self.check(gather_curl_set_number(pointer, option, number))
    }

    func setSize(_ option: CURLoption, _ size: Int) throws(TransferFailure) {
        try Self.check(gather_curl_set_size(pointer, option, curl_off_t(size)))
    }

    /// Once a handle.
    mutating func set(_ option: CURLoption, _ texts: [String]) throws(TransferFailure) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            try Self.check(text)
            guard let longer = curl_slist_append(list, text) else {
                curl_slist_free_all(list)
                throw TransferFailure(.other)
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        try Self.check(gather_curl_set_list(pointer, option, list))
    }

    func setBody(_ bytes: [UInt8]) throws(TransferFailure) {
        try setSize(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
        // An empty array may have no address, and without one libcurl would ask for the body.
        let code = bytes.isEmpty ? gather_curl_set_body(pointer, "") : gather_curl_set_body(pointer, bytes)
        try Self.check(code)
    }

    private static func check(_ text: String) throws(TransferFailure) {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw TransferFailure(.controlByte) }
    }

    private static func check(_ code: CURLcode) throws(TransferFailure) {
        guard code == CURLE_OK else { throw TransferFailure(.other, code: Int32(code.rawValue)) }
    }
}

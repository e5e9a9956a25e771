import CLibCurl

#if canImport(Glibc)
    import Glibc
#endif

/// A transfer under way, on the thread that waits for it.
final class TransferRun {
    private let transfer: Transfer
    private let stops: [StopFlag]
    private let message: [UInt8]
    private var sent = 0
    private var answer: [UInt8] = []
    private var isTooLong = false
    private var stage = MailStage.greeting
    private var isQuitting = false
    /// Set while libcurl is at work.
    private var handle: UnsafeMutableRawPointer?
    private let begun = ContinuousClock.now
    private var isUnconnected = false

    /// For a connection to be there.
    private static let connectTime = Duration.seconds(5)

    /// - Parameter stops: Any of them ends it within about a second.
    init(_ transfer: Transfer, stops: [StopFlag]) {
        self.transfer = transfer
        self.stops = stops
        if case .mail(_, _, let message, _) = transfer.job { self.message = message } else { message = [] }
    }

    /// Blocks until it has ended.
    /// - Parameter mostTime: What is left of the transfer's.
    func perform(mostTime: Duration) throws(TransferFailure) -> TransferAnswer {
        guard !isStopped else { throw TransferFailure(.cancelled) }
        guard mostTime > .zero else { throw TransferFailure(.timedOut) }
        var handle = try EasyHandle()
        try setBounds(handle, mostTime)
        try setPeer(handle)
        try setJob(&handle)
        // They bound the answer, stop the transfer and keep its stage: without them it must not run.
        let isBounded = gather_curl_set_callbacks(
            handle.pointer, Unmanaged.passUnretained(self).toOpaque(), Self.receive, Self.send, Self.progress,
            Self.trace)
        guard isBounded == CURLE_OK else { throw TransferFailure(.other, code: Int32(isBounded.rawValue)) }
        self.handle = handle.pointer
        let code = withExtendedLifetime(self) { curl_easy_perform(handle.pointer) }
        self.handle = nil
        let reply = gather_curl_reply(handle.pointer)
        if code == CURLE_OK { return TransferAnswer(reply: reply, body: answer) }
        if isTooLong { throw TransferFailure(.tooLong, reply: reply, stage: stage) }
        if isUnconnected { throw TransferFailure(.noConnection, code: Int32(CURLE_OPERATION_TIMEDOUT.rawValue)) }
        throw TransferFailure(code, reply: reply, stage: stage)
    }

    private var isStopped: Bool { stops.contains(where: \.isSet) }

    private func setBounds(_ handle: borrowing EasyHandle, _ mostTime: Duration) throws(TransferFailure) {
        // Signals would end up on any thread; looking up a name has one of its own, which is not waited for at the end.
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try handle.set(CURLOPT_QUICK_EXIT, 1)
        try handle.set(CURLOPT_PROTOCOLS_STR, transfer.scheme.rawValue)
        try handle.set(CURLOPT_REDIR_PROTOCOLS_STR, transfer.scheme.rawValue)
        try handle.set(CURLOPT_FOLLOWLOCATION, 0)
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_NOPROXY, "*")
        try handle.set(CURLOPT_TIMEOUT_MS, Int(clamping: mostTime.wholeMilliseconds))
        // To libcurl, connecting to a mail server ends behind AUTH, and many a server lets strangers wait before its first
        // word: so the connection alone is timed by `progress`.
        let connectTime = if case .mail = transfer.job { mostTime } else { Self.connectTime }
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: connectTime.wholeMilliseconds))
        if let slowest = transfer.slowest {
            try handle.set(CURLOPT_LOW_SPEED_LIMIT, slowest.bytesASecond)
            try handle.set(CURLOPT_LOW_SPEED_TIME, slowest.seconds)
        }
        // Said goodbye to within this call, where the progress callback can end the wait for the answer to QUIT.
        try handle.set(CURLOPT_FORBID_REUSE, 1)
    }

    private func setPeer(_ handle: borrowing EasyHandle) throws(TransferFailure) {
        try handle.set(CURLOPT_URL, transfer.url)
        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authority = transfer.authority {
            try handle.set(CURLOPT_CAINFO, authority)
            // Else the system's authorities are trusted as well.
            try handle.set(CURLOPT_CAPATH, nil as String?)
        }
        if let credentials = transfer.credentials {
            try handle.set(CURLOPT_USERNAME, credentials.user)
            try handle.set(CURLOPT_PASSWORD, credentials.secret)
        }
    }

    private func setJob(_ handle: inout EasyHandle) throws(TransferFailure) {
        switch transfer.job {
        case .mail(let from, let to, let message, let startsTLS):
            try handle.set(CURLOPT_USE_SSL, Int((startsTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE).rawValue))
            // What every mail server has; others (Kerberos, NTLM) may be tried in vain before them.
            try handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
            try handle.set(CURLOPT_MAIL_FROM, from)
            try handle.set(CURLOPT_MAIL_RCPT, [to])
            try handle.set(CURLOPT_UPLOAD, 1)
            try handle.setSize(CURLOPT_INFILESIZE_LARGE, message.count)
        case .request(let method, let headers, let body, let signing):
            try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
            // As the body of a POST with another name: CURLOPT_UPLOAD would send `Expect`, and the header that turns
            // that off would be signed by libcurl 7.88 without being sent.
            if let body {
                guard body.count < Transfer.mostBodyBytes else { throw TransferFailure(.tooLong) }
                try handle.setBody(body)
            }
            if method != .get { try handle.set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
            try handle.set(CURLOPT_HTTPHEADER, headers)
            if let signing { try handle.set(CURLOPT_AWS_SIGV4, signing) }
        }
    }

    // MARK: What libcurl calls

    private static func owner(_ state: UnsafeMutableRawPointer?) -> TransferRun? {
        state.map { Unmanaged<TransferRun>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let receive: curl_write_callback = { bytes, _, count, state in
        guard let run = TransferRun.owner(state), let bytes, run.answer.count + count <= run.transfer.mostAnswerBytes
        else {
            TransferRun.owner(state)?.isTooLong = true
            return 0
        }
        run.answer.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    private static let send: curl_read_callback = { room, size, count, state in
        guard let run = TransferRun.owner(state), let room else { return 0 }
        let piece = run.message[run.sent...].prefix(size &* count)
        piece.withUnsafeBytes { if let start = $0.baseAddress { memcpy(room, start, $0.count) } }
        run.sent += piece.count
        if !piece.isEmpty { run.stage = .message }
        return piece.count
    }

    /// Called at least once a second. After QUIT everything is said and done: its answer is not waited for any longer.
    private static let progress: curl_xferinfo_callback = { state, _, _, _, _ in
        guard let run = TransferRun.owner(state) else { return 0 }
        run.isUnconnected = run.isLate
        return run.isStopped || run.isQuitting || run.isUnconnected ? 1 : 0
    }

    private var isLate: Bool {
        guard let handle, ContinuousClock.now - begun > Self.connectTime else { return false }
        return gather_curl_is_connected(handle) == 0
    }

    private static let trace: curl_debug_callback = { _, kind, bytes, count, state in
        guard kind == CURLINFO_HEADER_OUT, let run = TransferRun.owner(state), let bytes, case .mail = run.transfer.job
        else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: min(count, 16))
        if line.starts(with: Array("QUIT".utf8)) { run.isQuitting = true }
        if let stage = MailStage(command: line) { run.stage = stage }
        return 0
    }
}

import Commands
import Foundation
import Logging
import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// Looks at everything that can be known before a start, by the code that a start would use, and leaves it as it is.
struct SettingsCheck {
    let effective: EffectiveSettings
    let file: String?
    /// Gets a real mail.
    let recipient: EmailAddress?
    let logger: Logger

    private var settings: Settings { effective.settings }
    private var serverName: String { ServerName.full(settings.serverName) }

    func run(_ tell: (CheckFinding) -> Void) async {
        for finding in settingsFindings { tell(finding) }
        let folder = DataFolder(settings.data)
        tell(folder.finding)
        tell(await .of { try certificate() })
        for finding in await AddressCheck.findings(settings, isRunning: folder.isUsed) { tell(finding) }
        tell(await .of { try await database(isRunning: folder.isUsed) })
        tell(await .of { try await pictures() })
        tell(await .of { try await mail() })
    }

    private var settingsFindings: [CheckFinding] {
        var findings = effective.unknownVariables.map {
            CheckFinding.note("the environment variable \($0) is no setting")
        }
        if let file, isReadableByOthers(file), holdsPassword {
            findings.append(.note("\(file) holds a password and can be read by others: chmod 600 \(file)"))
        }
        return [.good("settings")] + findings
    }

    private var holdsPassword: Bool {
        [settings.mail, settings.database].compactMap { $0 }.contains { MaskedURL($0).description != $0 }
    }

    private func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
    }

    private func certificate() throws -> CheckFinding {
        let files = CertificateFiles(settings)
        if settings.tlsCertificate == nil, access(files.certificate, F_OK) != 0 || access(files.key, F_OK) != 0 {
            return .good("certificate: self-signed, is made at the first start")
        }
        let certificate = files.certificate
        let loaded = try files.load()
        let days = loaded.daysLeft(at: SystemClock().now())
        switch loaded.validity(at: SystemClock().now()) {
        case .notYet: return .bad("certificate \(certificate): not valid yet")
        case .expired: return .bad("certificate \(certificate): expired")
        case .good where days < CertificateWatch.warningDays:
            return .note("certificate \(certificate): good for \(days) days only")
        case .good: return .good("certificate \(certificate): good for \(days) days, and its key fits")
        }
    }

    private func database(isRunning: Bool) async throws -> CheckFinding {
        let choice = try DatabaseChoice(settings)
        if isRunning, case .sqlite(let path) = choice {
            return .note("database \(path): not looked at while a daemon runs on the data folder")
        }
        do {
            let (name, finding) =
                switch choice {
                case .sqlite(let path): ("database \(path)", try StoreCheck.sqlite(path))
                case .postgres(let url): ("database PostgreSQL", try await onThread { try StoreCheck.postgres(url) })
                }
            switch finding {
            case .nothing: return .good("\(name): is made at the first start")
            case .schema(let version, let newest) where version < newest:
                return .good("\(name): schema \(version), brought to \(newest) at the start")
            case .schema(let version, _): return .good("\(name): schema \(version)")
            }
        } catch let failure as StoreFailure {
            throw StartFailure(failure)
        }
    }

    /// Off the threads on which everybody else waits.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// The default picture goes there and comes back.
    private func pictures() async throws -> CheckFinding {
        let choice = try BlobChoice(settings)
        if case .folder(let folder) = choice { return try WritableFolder.finding(folder, "pictures", flag: "--blobs") }
        let blobs = try choice.open(logger)
        do {
            try await blobs.put(DefaultAvatar.png, digest: DefaultAvatar.digest)
            guard try await blobs.get(DefaultAvatar.digest) == DefaultAvatar.png else {
                return .bad("pictures in S3: what was put there did not come back")
            }
            return .good("pictures in S3: one was put there and came back")
        } catch let failure as BlobFailure {
            return .bad("pictures in S3: \(failure.words)")
        }
    }

    private func mail() async throws -> CheckFinding {
        let sender = try MailChoice.sender(settings, serverName: serverName)
        let choice = try MailChoice(settings)
        if case .outbox(let folder) = choice {
            let finding = try WritableFolder.finding(folder, "mail as files in", flag: "--mail")
            return recipient == nil ? finding : .note("mail: files in \(folder), so none was sent")
        }
        guard let recipient else {
            _ = try choice.open(serverName: serverName)
            return .note("mail: not tried; --mail YOU@EXAMPLE.ORG sends one")
        }
        return try await MailCheck(sender: sender, recipient: recipient, serverName: serverName)
            .run(try choice.open(serverName: serverName))
    }
}

/// The data folder, as it is found.
private struct DataFolder {
    let finding: CheckFinding
    /// A daemon runs on it.
    let isUsed: Bool

    init(_ path: String) {
        isUsed = DataFolderLock.isHeld(folder: path)
        guard !isUsed else {
            finding = .good("data folder \(path): a daemon runs on it")
            return
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & 0o077 != 0 {
            finding = .note("data folder \(path) can be entered by others: chmod 700 \(path)")
            return
        }
        do { finding = try WritableFolder.finding(path, "data folder", flag: "--data") } catch {
            finding = .bad("\(error)")
        }
    }
}

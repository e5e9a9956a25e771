import Commands
import LineProtocol
import NIOCore

/// Runs one line through the registry and what reads the parameters of its command, and its text through all
/// that reads texts. Ends the process where a promise is broken.
///
/// The first byte chooses the zone and the moment at which it is typed.
package func checkCommand(_ input: UnsafeBufferPointer<UInt8>) {
    guard let first = input.first else { return }
    let line = ByteBuffer(bytes: input.dropFirst().prefix { $0 != UInt8(ascii: "\n") })
    guard case .request(let request) = Request.parse(line) else { return }
    let moment = Moment(first)

    var reader = ParameterReader(request.parameters)
    do throws(Failure) {
        let command = try Registry.standard.find(request.verb, &reader)
        checkOptions(try checkedArguments(reader, command.declaration), moment)
    } catch {
        checkFailure(error)
    }

    // Any command may be given what was meant for another.
    let commands = Registry.standard.commands
    do throws(Failure) {
        let command = commands[Int(first) % commands.count]
        checkOptions(try checkedArguments(ParameterReader(request.parameters), command.declaration), moment)
    } catch {
        checkFailure(error)
    }

    var textReader = ParameterReader(request.parameters)
    guard let text = textReader.text() else { return }
    checkTimes(text, moment)
    checkPlanning(text)
    checkAccounts(text)
    checkOnePiece(text)
}

/// Who types, and when: clocks that change, a date line, an offset of minutes, leap days, the end of time.
struct Moment {
    let zone: Zone
    let now: Now

    private static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu",
        "Africa/Casablanca", "Pacific/Kiritimati",
    ].map { Zone(named: $0) ?? .utc }

    private static let moments: [Int64] = [
        0, 1_709_164_799_999, 1_774_745_940_000, 1_796_144_400_000, 4_107_542_399_999, 253_402_300_799_999,
        -1, .max,
    ]

    init(_ byte: UInt8) {
        zone = Self.zones[Int(byte & 7)]
        now = Now(milliseconds: Self.moments[Int(byte >> 3 & 7)])
    }
}

private func checkOptions(_ arguments: Arguments, _ moment: Moment) {
    let parser = TimeParser(zone: moment.zone, now: moment.now)
    for (key, word) in arguments.options {
        require(!key.isEmpty && !word.isEmpty && !word.contains(" "), "An option without a word.")
        do throws(PlanningFailure) { _ = try parser.from(word) } catch { checkFailure(Failure(error)) }
        do throws(PlanningFailure) { _ = try parser.until(word) } catch { checkFailure(Failure(error)) }
        do throws(Failure) {
            if let number = try arguments.number(key, in: 1...1_000) {
                require((1...1_000).contains(number) && String(number) == word, "A number read wrongly.")
            }
        } catch { checkFailure(error) }
    }
    if let text = arguments.text { require(!text.isEmpty, "An empty text.") }
}

private func checkTimes(_ text: String, _ moment: Moment) {
    let parser = TimeParser(zone: moment.zone, now: moment.now)
    do throws(PlanningFailure) {
        let window = try parser.window(text)
        require(window.start < window.end && !window.isOver(at: moment.now), "A window that is none.")
        _ = window.words(in: moment.zone, now: moment.now)
        var windows = WindowSet()
        let merged = windows.add(window)
        require(windows.add(window) == merged && windows.contains(window), "A window was not kept.")
        windows.remove(window)
        require(windows.isEmpty, "A window was not taken away.")
    } catch { checkFailure(Failure(error)) }
}

private func checkPlanning(_ text: String) {
    do throws(PlanningFailure) {
        let budget = try Budget(parsing: text)
        let again = try Budget(parsing: budget.shown)
        require(again == budget, "A budget is read differently from its form.")
        _ = budget.words
    } catch { checkFailure(Failure(error)) }
    do throws(PlanningFailure) {
        let distance = try Distance(parsing: text)
        require((0...Distance.farthest).contains(distance.metres), "A distance out of range.")
        _ = distance.words
    } catch { checkFailure(Failure(error)) }
    do throws(PlanningFailure) {
        let length = try Length(parsing: text)
        let again = try Length(parsing: length.shown)
        require(again == length, "A length is read differently from its form.")
    } catch { checkFailure(Failure(error)) }
    _ = Currency(text)
    _ = Zone(named: text)
}

private func checkAccounts(_ text: String) {
    if let address = EmailAddress(text) {
        let bytes = address.shown.utf8
        require(
            bytes.count <= EmailAddress.mostBytes && !bytes.contains { $0 <= 0x20 || $0 == 0x7F },
            "A mail address that breaks a line.")
        require(!address.domain.isEmpty, "A mail address without a domain.")
    }
    if let code = InviteCodeText(text) {
        require(InviteCodeText(code.text) == code, "A code is read differently from its form.")
    }
    try? PasswordRule.check(text)
    if let number = WireNumber.parse(text) {
        require(number >= 0 && String(number) == text, "A number read wrongly.")
    }
    if let signer {
        require(signer.verify(text, for: .access) == nil, "A token out of nothing.")
    }
}

/// Of a key that no token was signed with.
private let signer = SignedToken.Signer(key: [UInt8](repeating: 7, count: SignedToken.Signer.keyLength))

private func checkOnePiece(_ text: String) {
    var upload = AvatarUpload(mostBytes: 64)
    do throws(AvatarFailure) {
        try upload.put(bytes: 3)
        let received = try upload.data(text)
        require(received <= 64, "More than was announced.")
        let picture = try upload.end(sha256: nil)
        require(picture.count == 3, "Another picture than was announced.")
        _ = ImageKind(magicOf: picture)
    } catch {}
}

private func checkFailure(_ failure: Failure) {
    require(!failure.words.isEmpty, "A failure without words.")
    for field in failure.fields { require(!field.isEmpty, "An empty field.") }
}

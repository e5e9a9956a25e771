import LineProtocol
import NIOCore

@testable import Persistence

/// Texts and numbers of people, as far as a line may hold them, stored by the store's own statements: they come back as
/// they were. Then one text is damaged: only it is another, and it still is one line.
func checkStored(_ reader: inout InputReader, _ session: SQLiteSession) throws {
    try session.execute("SAVEPOINT input")
    defer {
        try? session.execute("ROLLBACK TO input")
        try? session.execute("RELEASE input")
    }
    let transaction = WriteTransaction(session: session, now: Timestamp(milliseconds: reader.integer()))
    let (account, room) = try checkPeople(&reader, transaction)
    try checkPlanning(&reader, transaction, account, room)
    try checkMail(&reader, transaction)
    try checkMessages(&reader, transaction, account, room)
}

extension InputReader {
    /// A text that a line may hold: no control character, and UTF-8.
    fileprivate mutating func text() -> String {
        let bytes = bytes(number(below: 120)).map { $0 < 0x20 || $0 == 0x7F ? 0x2E : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate mutating func optionalText() -> String? { flag() ? text() : nil }
}

private func checkPeople(
    _ reader: inout InputReader, _ transaction: WriteTransaction
) throws -> (AccountReference, RoomReference) {
    let (name, folded, email) = (reader.text(), reader.text(), reader.text())
    var account = try transaction.createAccount(
        username: name, folded: folded, email: email, emailFolded: email, password: reader.text(),
        avatarDigest: reader.text(), avatarBytes: Int(reader.byte()))
    try require(transaction.account(named: folded) == account, "An account came back as another.")
    let (zone, display) = (reader.text(), reader.optionalText())
    try transaction.setZone(zone, account: account.reference.id)
    try transaction.setDisplayName(display, account: account.reference.id)
    account = AccountRecord(
        reference: account.reference, email: email, password: account.password, zone: zone, displayName: display,
        created: account.created, avatarDigest: account.avatarDigest, avatarBytes: account.avatarBytes)
    try require(transaction.account(email: email) == account, "An account came back as another.")
    try require(transaction.account(account.reference.id) == account, "An account came back as another.")

    let (roomName, roomFolded, topic) = (reader.text(), reader.text(), reader.optionalText())
    let room = try transaction.createRoom(
        name: roomName, folded: roomFolded, topic: topic, owner: account.reference.id)
    try require(transaction.room(named: roomFolded) == room, "A room came back as another.")
    try require(transaction.owner(of: room.reference.id) == account.reference, "A room of another owner.")
    return (account.reference, room.reference)
}

private func checkPlanning(
    _ reader: inout InputReader, _ transaction: WriteTransaction, _ account: AccountReference, _ room: RoomReference
) throws {
    let mood = reader.optionalText()
    let budget =
        reader.flag() ? BudgetRecord(low: reader.integer(), high: reader.integer(), currency: reader.text()) : nil
    let distance = reader.flag() ? reader.integer() : nil
    let saidNone = reader.flag()
    var start = Int64.min / 2
    let windows = (0..<reader.number(below: 8)).map { _ in
        start += 1 + Int64(reader.byte()) << Int64(reader.number(below: 32))
        return StoredWindow(start: start, end: reader.integer())
    }
    try transaction.setMood(mood, room: room.id, account: account.id)
    try transaction.setBudget(budget, room: room.id, account: account.id)
    try transaction.setDistance(metres: distance, room: room.id, account: account.id)
    try transaction.replaceAvailability(windows, saidNone: saidNone, room: room.id, account: account.id)
    let planning = PlanningRecord(mood: mood, budget: budget, distanceMetres: distance, saidNone: saidNone)
    let member = try transaction.membership(room: room.id, account: account.id)
    require(member?.planning == planning, "Planning came back as another.")
    try require(transaction.members(room: room.id) == [member].compactMap { $0 }, "A member was lost.")
    try require(transaction.availability(room: room.id, account: account.id) == windows, "A window was lost.")
    let byPerson = windows.isEmpty ? [:] : [account.id: windows]
    try require(transaction.availability(room: room.id) == byPerson, "A window was lost.")
}

private func checkMail(_ reader: inout InputReader, _ transaction: WriteTransaction) throws {
    let (address, subject, body) = (reader.text(), reader.text(), reader.text() + "\n" + reader.text())
    let expires = transaction.now.advanced(byMilliseconds: Int64(Int8(bitPattern: reader.byte())))
    try transaction.enqueueMail(to: address, subject: subject, body: body, expires: expires)
    let due = try transaction.dueMails(limit: 10)
    require(due.count == (expires > transaction.now ? 1 : 0), "A mail that is dead is due, or one alive is not.")
    for mail in due {
        require(mail.to == address && mail.subject == subject && mail.body == body, "A mail came back as another.")
        require(mail.created == transaction.now && mail.tries == 0, "A mail came back as another.")
    }
}

private func checkMessages(
    _ reader: inout InputReader, _ transaction: WriteTransaction, _ account: AccountReference, _ room: RoomReference
) throws {
    guard let session = transaction.session as? SQLiteSession else { return }
    let writer = SQLiteMessageWriter(database: session.database)
    let row = try session.row("SELECT folded FROM room WHERE id = ?1", [SQLValue(room.id)])
    let folded = try row?.text(0) ?? ""
    var texts = (0..<1 + reader.number(below: 6)).map { _ in reader.text() }
    for text in texts {
        let draft = MessageDraft(
            room: folded, typedRoom: folded, author: account.id, authorName: account.name, text: text, once: nil,
            label: nil, origin: Origin(connection: 1, loop: 0))
        _ = try writer.store(draft, now: transaction.now)
    }
    try writer.flush()
    checkHistory(try transaction.history(room: room.id, after: 0, limit: 100), texts, account)

    let damaged = reader.number(below: texts.count)
    let bytes = reader.remaining()
    try session.execute(
        "UPDATE message SET text = CAST(?3 AS TEXT) WHERE room = ?1 AND id = ?2",
        [SQLValue(room.id), .integer(Int64(damaged + 1)), .bytes(bytes)])
    texts[damaged] = DamagedValue.mended(bytes)
    let entries = try transaction.history(room: room.id, before: nil, limit: 100)
    checkHistory(entries, texts, account)
    for entry in entries { checkLine(entry) }
}

private func checkHistory(_ entries: [HistoryEntry], _ texts: [String], _ account: AccountReference) {
    require(entries.map(\.id) == (0..<texts.count).map { Int64($0 + 1) }, "The ids are not 1…n.")
    require(entries.map(\.text) == texts, "A text came back as another.")
    require(entries.allSatisfy { $0.authorName == account.name }, "A message of another author.")
}

/// Whatever was read: the answer is one line, and UTF-8.
private func checkLine(_ entry: HistoryEntry) {
    var line = ByteBuffer()
    LineEncoder.writeHistory(
        label: nil, room: "a", id: entry.id, time: entry.time.milliseconds, author: "anna", text: entry.text,
        into: &line)
    let bytes = Array(line.readableBytesView)
    require(bytes.count <= LineLimits.line && bytes.suffix(2) == [0x0D, 0x0A], "A line that does not end as one.")
    require(!bytes.dropLast(2).contains { $0 < 0x20 || $0 == 0x7F }, "A control character in an answer.")
    require(String(validating: bytes, as: UTF8.self) != nil, "An answer that is not UTF-8.")
}

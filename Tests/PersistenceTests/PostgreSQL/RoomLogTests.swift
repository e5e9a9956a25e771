import Synchronization
import Testing

@testable import Persistence

/// What a log told, in short: `m7` a message, `c3` a change (by its topic), with `!` where this daemon did it.
final class Told: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ batch: CommittedBatch) {
        lines.withLock { lines in
            for item in batch.items {
                switch item {
                case .message(let message):
                    lines.append("\(message.origin == .elsewhere ? "" : "!")m\(message.id)")
                case .change(.topic(_, _, let topic), let origin):
                    lines.append("\(origin == nil ? "" : "!")\(topic ?? "")")
                case .change, .refused: break
                }
            }
        }
    }

    var all: [String] { lines.withLock { $0 } }
}

extension RoomLogReading {
    /// - Parameters:
    ///   - messages: Ids in room 1.
    ///   - changes: Ids with the newest message before each, of transactions with the same number as the change.
    static func test(
        messages: [Int64] = [], changes: [(id: Int64, after: Int64)] = [], oldestRunning: Int64 = 0, node: Int64 = 2,
        room: Int64 = 1
    ) -> RoomLogReading {
        var reading = RoomLogReading()
        reading.messages = messages.map {
            MessageRow(room: room, id: $0, time: Timestamp(milliseconds: $0), author: "bob", text: "\($0)")
        }
        reading.changes = changes.map { id, after in
            let change = Change.topic(
                .test(room), by: AccountReference(id: .init(rawValue: 1), name: "bob"), topic: "c\(id)")
            let payload = (try? StoredChange.rows(of: change).first?.payload) ?? ""
            return ChangeRow(
                id: id, transaction: id, room: room, after: after, payload: payload, node: node,
                origin: Origin(connection: 9, loop: 0))
        }
        reading.oldestRunning = oldestRunning
        return reading
    }
}

extension RoomReference {
    static func test(_ number: Int64) -> RoomReference { RoomReference(id: RoomID(rawValue: number), name: "tea") }
}

extension BatchItem {
    static func own(_ id: Int64, room: Int64 = 1) -> BatchItem {
        .message(
            CommittedMessage(
                room: .test(room), id: id, time: Timestamp(milliseconds: id), authorName: "alice", text: "\(id)",
                label: nil, origin: Origin(connection: 1, loop: 0), isRepeat: false))
    }
}

@Suite("The log of rooms that several daemons write")
struct RoomLogTests {
    let told = Told()

    func log() -> RoomLog {
        RoomLog(node: 1, first: .test(), formerAuthor: "gone") { [told] in told.add($0) }
    }

    func following(after newest: Int64 = 0) -> RoomLog {
        let log = log()
        log.follow(.test(1), after: newest)
        return log
    }

    @Test func messagesAreToldWhereSomebodyListensAndChangesAlways() {
        let log = log()
        log.take(.test(messages: [1, 2], changes: [(1, 2)]))
        #expect(told.all == ["c1"])
        log.follow(.test(1), after: 2)
        log.take(.test(messages: [1, 2, 3]))
        #expect(told.all == ["c1", "m3"])
        log.unfollow(RoomID(rawValue: 1))
        log.take(.test(messages: [4]))
        #expect(told.all == ["c1", "m3"])
    }

    @Test func aChangeHasItsPlaceAmongTheMessages() {
        let log = following(after: 8)
        log.take(.test(messages: [9, 10, 11, 12], changes: [(1, 8), (2, 10), (3, 10), (4, 12)]))
        #expect(told.all == ["c1", "m9", "m10", "c2", "c3", "m11", "m12", "c4"])
    }

    @Test func aChangeWaitsForMessagesBeforeItAndTheRoomIsAskedFor() {
        let log = following()
        #expect(log.take(.test(changes: [(1, 2)])) == [1])
        #expect(told.all.isEmpty)
        log.take(.test(messages: [1, 2, 3]))
        #expect(told.all == ["m1", "m2", "c1", "m3"])
    }

    @Test func whatLiesBehindOwnMessagesWaitsForThem() {
        let log = following()
        log.hold([(room: 1, first: 2)])
        // Own messages 2 and 3 are in the store, and somebody reads them before they were told.
        #expect(log.take(.test(messages: [1, 2, 3, 4], changes: [(1, 1), (2, 3)])).isEmpty)
        #expect(told.all == ["m1", "c1"])
        log.tell([.own(2), .own(3)], newest: [(room: 1, id: 3)], released: [1])
        #expect(told.all == ["m1", "c1", "!m2", "!m3", "c2", "m4"])
    }

    @Test func aBatchThatWasNotCommittedHoldsNothingBack() {
        let log = following()
        log.hold([(room: 1, first: 1)])
        log.take(.test(messages: [1]))
        log.tell([], newest: [], released: [1])
        #expect(told.all == ["m1"])
    }

    @Test func aMessageIsToldUnderTheNameThatTheRoomHadThen() throws {
        let names = Mutex<[String]>([])
        let log = RoomLog(node: 1, first: .test(), formerAuthor: "chat.test") { batch in
            names.withLock { names in
                for case .message(let message) in batch.items {
                    names.append("\(message.authorName) \(message.room.name)")
                }
            }
        }
        log.follow(.test(1), after: 0)
        var reading = RoomLogReading.test(messages: [1, 2])
        let coffee = RoomReference(id: RoomID(rawValue: 1), name: "coffee")
        let person = AccountReference(id: AccountID(rawValue: 1), name: "bob")
        let renamed = Change.renamed(.test(1), to: coffee, by: person, members: [])
        reading.changes = [
            .init(
                id: 1, transaction: 1, room: 1, after: 1, payload: try StoredChange.rows(of: renamed)[0].payload,
                node: 2,
                origin: .elsewhere)
        ]
        // The second one's author is gone by the time of the reading.
        let second = reading.messages[1]
        reading.messages[1] = .init(room: 1, id: 2, time: second.time, author: nil, text: second.text)
        log.take(reading)
        #expect(names.withLock { $0 } == ["bob tea", "chat.test coffee"])
    }

    @Test func anOlderReadingThatComesLaterBringsNothing() {
        let log = following()
        let older = RoomLogReading.test(messages: [1], changes: [(1, 1)], oldestRunning: 1)
        log.take(.test(messages: [1, 2], changes: [(1, 1), (2, 2)], oldestRunning: 3))
        log.take(older)
        #expect(told.all == ["m1", "c1", "m2", "c2"])
    }

    @Test func whatWasThereBeforeTheDaemonIsNotTold() {
        let log = RoomLog(node: 1, first: .test(changes: [(1, 0), (2, 0)], oldestRunning: 2), formerAuthor: "gone") {
            [told] in told.add($0)
        }
        log.take(.test(changes: [(1, 0), (2, 0), (3, 0)], oldestRunning: 2))
        #expect(told.all == ["c3"])
    }

    @Test func aChangeOfThisDaemonKeepsWhoMadeIt() {
        let log = log()
        log.take(.test(changes: [(1, 0)], node: 1))
        log.take(.test(changes: [(2, 0)], node: 2))
        #expect(told.all == ["!c1", "c2"])
    }

    @Test func aWriterIsAnsweredOnceItsChangesWereTold() {
        let log = following()
        let answered = Told()
        let call: @Sendable () -> Void = { answered.add(CommittedBatch(items: [.own(1)])) }
        log.whenTold([(room: 1, id: 1)], call)
        #expect(answered.all.count == 1, "one that was never read is nobody's to wait for")
        log.hold([(room: 1, first: 1)])
        log.take(.test(changes: [(1, 1)]))
        log.whenTold([(room: 1, id: 1)], call)
        #expect(answered.all.count == 1)
        log.tell([.own(1)], newest: [(room: 1, id: 1)], released: [1])
        #expect(answered.all.count == 2 && told.all == ["!m1", "c1"])
    }

    @Test func whoStopsListeningStillHearsOfChangesThatWaited() {
        let log = following()
        log.take(.test(changes: [(1, 5)]))
        log.unfollow(RoomID(rawValue: 1))
        #expect(told.all == ["c1"])
    }

    @Test func isBehindTellsWhetherTheLogHoldsMore() {
        let log = following(after: 3)
        #expect(!log.isBehind(room: 2, newest: 9, change: 9), "nobody listens there")
        #expect(!log.isBehind(room: 1, newest: 3, change: 0))
        #expect(log.isBehind(room: 1, newest: 4, change: 0))
        #expect(log.isBehind(room: 1, newest: 3, change: 1))
        log.caughtUp([(room: 1, change: 1)])
        #expect(!log.isBehind(room: 1, newest: 3, change: 1))
    }
}

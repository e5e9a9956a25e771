import Dispatch
import Persistence
import Testing

@testable import GatherChatd

@Suite("Deliveries on their way to the event loops")
struct InboxTests {
    private static func delivery(_ number: Int64) -> Delivery {
        let change = Change.sessionsClosed(AccountID(rawValue: 1), .passwordChanged)
        return Delivery(
            CommittedBatch(items: [.change(change, origin: nil)]), serverName: "chat.test",
            now: Timestamp(milliseconds: number))
    }

    private static func numbers(_ deliveries: [Delivery]) -> [Int64] {
        deliveries.flatMap(\.segments).compactMap {
            if case .change(let change) = $0 { change.time.milliseconds } else { nil }
        }
    }

    /// Whoever takes a delivery from one inbox finds it in all others, and everybody finds one order.
    @Test func allLoopsGetOneOrderWhoeverDelivers() {
        let all = Inboxes(loops: 3)
        let inboxes = (0..<3).map { Inbox(loop: $0, of: all) }
        // Threads of the system: tasks of one test may all run on one.
        DispatchQueue.concurrentPerform(iterations: 4) { sender in
            for number in Int64(0)..<20_000 { _ = all.add(Self.delivery(Int64(sender) * 100_000 + number), inboxes) }
        }
        let taken = inboxes.map { Self.numbers($0.takeAll()) }
        #expect(taken[0].count == 80_000 && taken[0] == taken[1] && taken[1] == taken[2])
        #expect(inboxes.allSatisfy { $0.takeAll().isEmpty })
    }

    @Test func whatOneLoopHasTakenIsInTheInboxOfTheOthers() async {
        let all = Inboxes(loops: 2)
        let inboxes = (0..<2).map { Inbox(loop: $0, of: all) }
        let adding = Task.detached {
            DispatchQueue.concurrentPerform(iterations: 1) { _ in
                for number in Int64(1)...20_000 { _ = all.add(Self.delivery(number), inboxes) }
            }
        }
        var (first, second): (Int64, Int64) = (0, 0)
        while first < 20_000 {
            first = Self.numbers(inboxes[0].takeAll()).last ?? first
            second = Self.numbers(inboxes[1].takeAll()).last ?? second
            #expect(second >= first)
        }
        await adding.value
    }
}

import Synchronization
import Testing

@testable import Persistence

@Suite("Who listens, in the database", .timeLimit(.minutes(1)))
struct PostgresListeningTests {
    /// A daemon that was taken for dead comes back, and does not hear that it was entered again.
    @Test func listenersAreEnteredAgainAlsoWhereTheAnswerToTheReturnIsLost() async throws {
        let test = try TestStore(.postgres)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        let isLost = Atomic(false)
        let listening = PostgresListening(node: 7) { body in
            try await test.store.write(origin: nil) { transaction in
                try body(transaction, #require(transaction.session as? PostgresConnection))
            }
            if isLost.exchange(false, ordering: .relaxed) { throw StoreFailure.unknownOutcome("lost") }
        }
        let isEntered = { try await test.store.read { try $0.sharedListeners(in: room.id) } == [alice.id] }
        listening.began(alice, in: room, announced: true)
        try await listening.live()
        while try await !isEntered() { try await Task.sleep(for: .milliseconds(1)) }
        try await test.store.write(origin: nil) { try $0.session.execute("DELETE FROM node WHERE id = 7") }
        #expect(try await !isEntered())
        isLost.store(true, ordering: .relaxed)
        await #expect(throws: StoreFailure.unknownOutcome("lost")) { try await listening.live() }
        try await listening.live()
        while try await !isEntered() { try await Task.sleep(for: .milliseconds(1)) }
    }
}

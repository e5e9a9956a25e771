import Persistence
import Testing

@testable import GatherChatd

@Suite("Endings that a log-in looks back for")
struct RecentEndingsTests {
    private let anna = AccountID(rawValue: 1)
    private let ben = AccountID(rawValue: 2)

    @Test func allSessionsOfAPersonEndOrThoseOfOneToken() {
        var endings = RecentEndings()
        endings.add(anna, family: 7, origin: nil)
        #expect(endings.mayHaveEnded(anna, family: 7, connection: 1, since: 0))
        #expect(!endings.mayHaveEnded(anna, family: 8, connection: 1, since: 0))
        #expect(!endings.mayHaveEnded(anna, family: nil, connection: 1, since: 0))
        #expect(!endings.mayHaveEnded(ben, family: 7, connection: 1, since: 0))
        endings.add(anna, family: nil, origin: nil)
        #expect(endings.mayHaveEnded(anna, family: 8, connection: 1, since: 0))
        #expect(endings.mayHaveEnded(anna, family: nil, connection: 1, since: 1))
    }

    @Test func whatEndedBeforeTheLogInBeganOrByItselfIsNothingToIt() {
        var endings = RecentEndings()
        endings.add(anna, family: nil, origin: 5)
        #expect(!endings.mayHaveEnded(anna, family: nil, connection: 1, since: endings.count))
        #expect(!endings.mayHaveEnded(anna, family: nil, connection: 5, since: 0))
        #expect(endings.mayHaveEnded(anna, family: nil, connection: 6, since: 0))
    }

    @Test func everybodysSessionsEnd() {
        var endings = RecentEndings()
        endings.addAll()
        #expect(endings.mayHaveEnded(anna, family: nil, connection: 1, since: 0))
        #expect(!endings.mayHaveEnded(anna, family: nil, connection: 1, since: endings.count))
    }

    @Test func memoryIsBoundedAndWhatIsForgottenIsTakenForAnEnding() {
        var endings = RecentEndings()
        endings.add(anna, family: nil, origin: nil)
        for _ in 1..<RecentEndings.capacity { endings.add(ben, family: nil, origin: nil) }
        #expect(endings.mayHaveEnded(anna, family: nil, connection: 1, since: 0))
        endings.add(ben, family: nil, origin: nil)
        #expect(!endings.mayHaveEnded(anna, family: nil, connection: 1, since: 1))
        #expect(endings.mayHaveEnded(anna, family: nil, connection: 1, since: 0), "one too many to know")
    }
}

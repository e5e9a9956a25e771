import LineProtocol
import Persistence
import Testing

@testable import Commands

private let second: Int64 = 1_000
private let hour: Int64 = 3_600 * second
private let day: Int64 = 24 * hour

@Suite("What ends with time")
struct ExpiryTests {
    @Test func anAccessTokenLastsAnHourAndARefreshTokenThirtyDays() async throws {
        let bench = try CommandBench()
        let alice = try await bench.signUp("alice")
        let fields = try await bench.type("TOKEN ISSUE bot", as: alice).fields
        #expect(fields[2] == RFC3339.string(milliseconds: bench.clock.now().milliseconds + hour))
        #expect(fields[4] == RFC3339.string(milliseconds: bench.clock.now().milliseconds + 30 * day))
        bench.clock.advance(milliseconds: hour - 1)
        #expect(try await bench.type("RESUME \(fields[1])").identity?.hasPassword == false)
        bench.clock.advance(milliseconds: 1)
        #expect(await bench.code("RESUME \(fields[1])") == .expiredToken)
        bench.clock.advance(milliseconds: 30 * day - hour - 1)
        let fresh = try await bench.type("TOKEN REFRESH \(fields[3])").fields
        #expect(try await bench.type("RESUME \(fresh[1])").identity?.username.shown == "alice")
        bench.clock.advance(milliseconds: 30 * day)
        #expect(await bench.code("TOKEN REFRESH \(fresh[3])") == .expiredToken)
        #expect(try await bench.type("TOKEN LIST", as: alice).rows.isEmpty)
    }

    @Test func aMailedTokenLastsADayAndOneOfResetAnHour() async throws {
        let bench = try CommandBench()
        try await bench.type("SIGNUP bob bob@example.org a long enough password")
        let verify = try await bench.mailed("VERIFY", to: "bob@example.org")
        bench.clock.advance(milliseconds: day)
        #expect(await bench.code(verify) == .expiredToken)
        _ = try await bench.signUp("bob")
        try await bench.type("RESET bob")
        let token = try await bench.mailed("RESET", to: "bob@example.org").split(separator: " ")[2]
        bench.clock.advance(milliseconds: hour)
        #expect(await bench.code("RESET bob \(token) another long password") == .expiredToken)
        try await bench.type("RESET bob")
        let again = try await bench.mailed("RESET", to: "bob@example.org").split(separator: " ")[2]
        bench.clock.advance(milliseconds: hour - 1)
        #expect(try await bench.type("RESET bob \(again) another long password").identity != nil)
    }

    @Test func aCodeAndAnInvitationLastSevenDays() async throws {
        let bench = try CommandBench()
        let (alice, bob, carol) = (
            try await bench.signUp("alice"), try await bench.signUp("bob"), try await bench.signUp("carol")
        )
        try await bench.type("CREATE #tea", as: alice)
        let code = try await bench.type("INVITE #tea", as: alice).fields[1]
        try await bench.type("INVITE #tea carol", as: alice)
        bench.clock.advance(milliseconds: 7 * day - 1)
        #expect(await bench.code("INFO #tea", as: carol) == nil)
        bench.clock.advance(milliseconds: 1)
        #expect(await bench.code("JOIN #tea \(code)", as: bob) == .noSuchRoom)
        #expect(await bench.code("JOIN #tea", as: carol) == .noSuchRoom)
    }

    @Test func windowsThatAreOverNoLongerCountOrShow() async throws {
        let bench = try CommandBench()
        let alice = try await bench.signUp("alice")
        try await bench.type("CREATE #tea", as: alice)
        try await bench.type("AVAIL #tea tomorrow 18:00 2h", as: alice)
        try await bench.type("AVAIL #tea tomorrow 22:00 1h", as: alice)
        #expect(try await bench.type("WHEN #tea", as: alice).rows.count == 2)
        // 2027-01-15T08:00Z is the bench's beginning.
        bench.clock.advance(milliseconds: 36 * hour)
        #expect(try await bench.type("AVAIL #tea", as: alice).rows.map { $0.fields[2] } == ["1"])
        #expect(try await bench.type("WHEN #tea", as: alice).fields[1] == "1")
        bench.clock.advance(milliseconds: 10 * hour)
        #expect(try await bench.type("WHEN #tea", as: alice).fields == ["#tea", "0", "0", "1", "end"])
        let statistics = try await bench.type("STATS #tea", as: alice)
        #expect(statistics.rows.count == 1 && statistics.fields == ["#tea", "1", "0"])
    }

    @Test func logInFailuresOfAnAddressAreForgottenAfterTenMinutes() async throws {
        var limits = Limits()
        limits.loginFailuresPerAddress = 3
        let bench = try CommandBench(limits)
        _ = try await bench.signUp("alice")
        for _ in 0..<3 {
            #expect(await bench.code("LOGIN alice wrong password", from: "192.0.2.1") == .invalidCredentials)
        }
        #expect(await bench.code("LOGIN alice a long enough password", from: "192.0.2.1") == .rateLimited)
        #expect(await bench.code("LOGIN alice a long enough password", from: "192.0.2.2") == nil)
        bench.clock.advance(milliseconds: 600 * second)
        #expect(await bench.code("LOGIN alice a long enough password", from: "192.0.2.1") == nil)
    }

    @Test func invitesADayAreCountedOverTheDayBehind() async throws {
        var limits = Limits()
        limits.invitesPerDay = 2
        let bench = try CommandBench(limits)
        let alice = try await bench.signUp("alice")
        _ = try await bench.signUp("bob")
        try await bench.type("CREATE #tea", as: alice)
        try await bench.type("INVITE #tea bob", as: alice)
        bench.clock.advance(milliseconds: 12 * hour)
        try await bench.type("INVITE #tea bob", as: alice)
        do {
            try await bench.type("INVITE #tea bob", as: alice)
            Issue.record("taken")
        } catch let failure as Failure {
            #expect(failure.code == .rateLimited && failure.fields == ["43200"])
        }
        bench.clock.advance(milliseconds: 12 * hour)
        #expect(await bench.code("INVITE #tea bob", as: alice) == nil)
    }
}

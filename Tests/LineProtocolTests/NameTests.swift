import LineProtocol
import Testing

@Suite struct RoomNameTests {
    @Test(arguments: [
        ("picnic", "picnic", "picnic"), ("#picnic", "picnic", "picnic"), ("#PicNic", "PicNic", "picnic"),
        ("a", "a", "a"), ("#7", "7", "7"), ("-", "-", "-"), ("#_", "_", "_"), ("a-b_C9", "a-b_C9", "a-b_c9"),
        (
            String(repeating: "x", count: 49), String(repeating: "x", count: 49),
            String(repeating: "x", count: 49)
        ),
    ])
    func wellFormed_isShownAsMadeAndFolded(text: String, shown: String, folded: String) throws {
        let name = try #require(RoomName(text))
        #expect(name.shown == shown)
        #expect(name.folded == folded)
        #expect(name.description == "#" + shown)
    }

    @Test(arguments: [
        "", "#", "##a", "a b", " a", "a ", "a#", "a.b", "a,b", "é", "#é", "*", "a\u{301}", "#\u{301}a",
        "\u{FF41}",
        "a\n", String(repeating: "x", count: 50), "#" + String(repeating: "x", count: 50),
    ])
    func malformed_isNone(text: String) {
        #expect(RoomName(text) == nil)
    }

    @Test func sameLettersInAnotherCase_areOneRoom() {
        #expect(RoomName("#Picnic") == RoomName("pICNIC"))
        #expect(Set([RoomName("A"), RoomName("#a"), RoomName("b")]).count == 2)
    }

    @Test func names_sortByFoldedASCII() {
        let names = ["b", "A", "_", "a-", "Z", "9"].compactMap { RoomName($0) }
        #expect(names.sorted().map(\.shown) == ["9", "_", "A", "a-", "b", "Z"])
    }
}

@Suite struct UsernameTests {
    @Test(arguments: ["a", "Bob", "a1", "a-b_c", "x" + String(repeating: "9", count: 31)])
    func wellFormed_isShownAsMade(text: String) {
        #expect(Username(text)?.shown == text)
        #expect(Username(text)?.folded == text.lowercased())
    }

    @Test(arguments: [
        "", "1a", "-a", "_a", "#a", "a.b", "chat.example.org", "a b", "ä", "aä", "a\u{301}", "a\n", "*",
        "x" + String(repeating: "9", count: 32),
    ])
    func malformed_isNone(text: String) {
        #expect(Username(text) == nil)
    }

    @Test func sameLettersInAnotherCase_areOnePerson() {
        #expect(Username("Alice") == Username("aLICE"))
        #expect(Set([Username("A"), Username("a")]).count == 1)
    }

    @Test(arguments: ["admin", "root", "server", "system", "support", "help", "Admin", "ROOT"])
    func keepersOfTheServer_areReserved(text: String) throws {
        #expect(try #require(Username(text)).isReserved)
    }

    @Test(arguments: ["administrator", "helper", "bob"])
    func otherNames_areNotReserved(text: String) throws {
        #expect(try #require(Username(text)).isReserved == false)
    }
}

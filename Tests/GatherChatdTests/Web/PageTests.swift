import Commands
import Foundation
import Testing

@testable import GatherChatd

@Suite("The pages of mailed links")
struct PageTests {
    private static let markup = "<b title=\"x\" lang='y'>&amp;"
    private static let escaped = "&lt;b title=&quot;x&quot; lang=&#39;y&#39;&gt;&amp;amp;"

    @Test func escapeLeavesNoMarkup() {
        #expect(Page.escape(Self.markup) == Self.escaped)
        #expect(Page.escape("Anna's plan, für 2 €") == "Anna&#39;s plan, für 2 €")
    }

    /// Whatever a part of a page holds is text.
    @Test func everyPartOfAPageIsEscaped() {
        let page = Page(
            title: Self.markup, paragraphs: [Self.markup, "type `\(Self.markup)` now"],
            command: Page.Command(words: Self.markup, ownWords: Self.markup), button: Self.markup, remark: Self.markup)
        #expect(!page.html.contains("<b ") && !page.html.contains("lang='y'"))
        #expect(page.html.components(separatedBy: Self.escaped).count - 1 == 8)
        #expect(page.html.contains("type <code>\(Self.escaped)</code> now"))
    }

    /// The policy names the digest of exactly what stands between the tags.
    @Test func thePolicyAllowsTheStyleOfThePageAndNoOther() throws {
        let html = Page(title: "x", paragraphs: []).html
        let start = try #require(html.range(of: "<style>")), end = try #require(html.range(of: "</style>"))
        let style = html[start.upperBound..<end.lowerBound]
        #expect(
            PageStyle.contentSecurityPolicy.contains(
                "style-src 'sha256-\(SHA256Digest.base64(Array(style.utf8)))';"))
    }

    @Test(arguments: [
        (Int64.min, "a second"), (1, "a second"), (2, "2 seconds"), (99, "99 seconds"), (100, "2 minutes"),
        (120, "2 minutes"), (121, "3 minutes"), (600, "10 minutes"),
    ])
    func aTimeToWaitIsSaidAsPeopleSayItAndNeverTooShort(_ seconds: Int64, _ words: String) {
        #expect(VerificationPages.time(seconds) == words)
    }

    @Test func pagesHaveAButtonOnlyWhereSomethingIsLeftToDo() {
        let pages = VerificationPages(serverName: "chat.test")
        for makesAccount in [true, false] {
            let page = pages.confirm(username: "bob", makesAccount: makesAccount)
            #expect(page.html.contains("<form method=\"post\">"))
        }
        for page in [
            pages.unknown, pages.used, pages.expired, pages.created(username: "bob"), pages.changed(username: "bob"),
            pages.nameTaken,
            pages.addressTaken, pages.tooMany(seconds: 1), pages.unavailable,
        ] {
            #expect(!page.html.contains("<form"))
        }
    }
}

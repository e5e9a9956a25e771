import Commands
import LineProtocol

/// What the page of a mailed link says: what happened, and the one thing to do next.
struct VerificationPages {
    let serverName: String

    private static let notYou = "Not you? Close this page, and nothing happens."

    func confirm(username: String, makesAccount: Bool) -> Page {
        makesAccount
            ? Page(
                title: "One more step, \(username)",
                paragraphs: ["Press the button to finish your account on \(serverName)."],
                button: "Finish my account", remark: Self.notYou)
            : Page(
                title: "A new address for \(username)",
                paragraphs: ["Press the button to use this mail address for your account on \(serverName)."],
                button: "Use this address", remark: Self.notYou)
    }

    func created(username: String) -> Page {
        Page(
            title: "Welcome, \(username)",
            paragraphs: [
                "Your account is ready. Go back to your chat and type this line, with the password you chose:"
            ],
            command: Page.Command(words: "LOGIN \(username)", ownWords: "your password"),
            remark: "You can close this page.")
    }

    func changed(username: String) -> Page {
        Page(
            title: "Address changed",
            paragraphs: ["Mails for \(username) on \(serverName) now come to this address."],
            remark: "You can close this page.")
    }

    var unknown: Page {
        Page(
            title: "This link is not known",
            paragraphs: [
                "Perhaps a part of it was lost on the way. Open it from the mail again, or paste the mail's `VERIFY` line into your chat."
            ],
            remark: Self.otherMail)
    }

    /// Also what a second press of the button shows, if it was faster than the first one's answer.
    var used: Page {
        Page(
            title: "This link has been used",
            paragraphs: ["That worked: there is nothing left to do here. Go back to your chat and `LOGIN`."],
            remark: Self.otherMail)
    }

    var expired: Page {
        Page(
            title: "This link is too old",
            paragraphs: [
                "Type `SIGNUP` again in your chat, or `SET EMAIL` for a changed address. Another mail comes, and its link is good for 24 hours."
            ])
    }

    var nameTaken: Page {
        Page(
            title: "Somebody was faster",
            paragraphs: [
                "The name was given away before this link was used. Type `SIGNUP` again in your chat, with another name."
            ])
    }

    var addressTaken: Page {
        Page(
            title: "This address has an account",
            paragraphs: [
                "Another account got this mail address before this link was used. Go back to your chat and `LOGIN` with that one, or start again with another address."
            ])
    }

    func tooMany(seconds: Int64) -> Page {
        Page(
            title: "Too many tries",
            paragraphs: [
                "There were too many wrong links or passwords from your network. Open the link again in \(Self.time(seconds))."
            ])
    }

    var unavailable: Page {
        Page(
            title: "Not right now",
            paragraphs: ["The server cannot do that at the moment. Open the link again in a minute."])
    }

    private static let otherMail =
        "If that does not help, type `SIGNUP` again in your chat, or `SET EMAIL` for a changed address: another mail comes."

    /// As people say it; never too short.
    static func time(_ seconds: Int64) -> String {
        switch seconds {
        case ...1: "a second"
        case ...99: "\(seconds) seconds"
        default: "\((seconds - 1) / 60 + 1) minutes"
        }
    }
}

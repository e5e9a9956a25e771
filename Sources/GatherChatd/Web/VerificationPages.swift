import Commands
import LineProtocol

/// What the page of a mailed link says.
struct VerificationPages {
    let serverName: String

    func confirm(username: String, makesAccount: Bool) -> Page {
        makesAccount
            ? Page(
                title: "One more step, \(username)",
                paragraphs: ["Press the button to finish your account on \(serverName)."],
                button: "Finish my account")
            : Page(
                title: "A new address for \(username)",
                paragraphs: ["Press the button to use this mail address for your account on \(serverName)."],
                button: "Use this address")
    }

    func created(username: String) -> Page {
        Page(
            title: "Welcome, \(username)",
            paragraphs: ["Your account is ready. Go back to your chat and log in with the password you chose:"],
            command: "LOGIN \(username) your password")
    }

    func changed(username: String) -> Page {
        Page(title: "Done", paragraphs: ["The mail address of \(username) is changed. You can close this page."])
    }

    var unknown: Page {
        Page(
            title: "This link is not known",
            paragraphs: [
                "Perhaps a part of it was lost on the way. Open it from the mail again, or paste the mail's VERIFY line into your chat.",
                "If that does not help, SIGNUP again in the chat: another mail comes.",
            ])
    }

    var over: Page {
        Page(
            title: "This link has been used, or is too old",
            paragraphs: [
                "If you finished your account already, just LOGIN in your chat.",
                "If not, SIGNUP again there: another mail comes, and its link is good for 24 hours.",
            ])
    }

    var nameTaken: Page {
        Page(
            title: "Somebody was faster",
            paragraphs: [
                "The name was given away before this link was used. SIGNUP again in your chat with another name."
            ])
    }

    func tooMany(seconds: String) -> Page {
        Page(
            title: "Too many tries",
            paragraphs: ["There were too many wrong links from your address. Try again in \(seconds) seconds."])
    }

    var unavailable: Page {
        Page(title: "Not right now", paragraphs: ["The server cannot do that at the moment. Try again in a minute."])
    }
}

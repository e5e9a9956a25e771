import LineProtocol
import Persistence

extension Command {
    static let setEmail = Command(
        Declaration(
            "SET", "EMAIL", [.word("address", required: true)], by: .passwordUser,
            codes: [.invalidEmail, .rateLimited],
            help: "Asks for another mail address; it is yours once its mail's VERIFY line was used."),
        .long { call in
            let user = try call.user()
            let email = try EmailAddress.typed(call.arguments.required("address"))
            let services = call.services
            if let seconds = services.limiters.mails.take(email.folded, now: services.clock.now()) {
                throw Failure.rateLimited(seconds: seconds)
            }
            let token = try services.tokens.mint(.email, from: services.random)
            let texts = services.mailTexts
            try await services.store.write(origin: call.origin) { transaction in
                let expires = transaction.now.advanced(byMilliseconds: mailTokenTime)
                let text: MailText
                if let known = try transaction.account(email: email.folded) {
                    text = texts.addressInUse(username: known.reference.name)
                } else {
                    try transaction.createMailToken(
                        hash: token.storedHash,
                        MailTokenRecord(
                            purpose: .email, account: user.account, username: user.username.shown,
                            email: email.shown, password: nil, expires: expires, usedAt: nil))
                    text = texts.addressChange(username: user.username.shown, token: token)
                }
                try transaction.enqueueMail(to: email.shown, subject: text.subject, body: text.body, expires: expires)
            }
            return Answer(text: "Check the mail at that address, and paste its VERIFY line here within 24 hours.")
        })
}

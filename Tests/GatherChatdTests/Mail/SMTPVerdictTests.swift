import Persistence
import Testing

@testable import GatherChatd

@Suite("What a reply of a mail server means for a mail")
struct SMTPVerdictTests {
    /// - Returns: `nil` where the mail was taken.
    private func verdict(
        _ reason: TransferFailure.Reason, _ reply: Int, _ stage: MailStage, code: Int32 = 55
    ) -> MailFailure? {
        do {
            try SMTPTransport.judge(TransferFailure(reason, code: code, reply: reply, stage: stage))
            return nil
        } catch {
            return error as? MailFailure
        }
    }

    @Test(arguments: [MailStage.sender, .recipient, .data, .message], [500, 550, 552, 554, 599])
    func aRefusalOfThisMailIsFinal(stage: MailStage, reply: Int) {
        #expect(
            verdict(.refused, reply, stage)
                == .permanent(code: "\(reply)", "\(stage.rawValue): reply \(reply), the server refused (libcurl 55)"))
    }

    @Test(arguments: MailStage.allCases, [421, 450, 451, 452, 499]) func anythingOfFourHundredIsTriedAgain(
        stage: MailStage, reply: Int
    ) {
        #expect(
            verdict(.refused, reply, stage)
                == .temporary("\(stage.rawValue): reply \(reply), the server refused (libcurl 55)"))
    }

    @Test(arguments: [MailStage.greeting, .hello, .oldHello, .startTLS, .authentication], [500, 535, 554])
    func whatIsSaidToAllIsTriedAgain(stage: MailStage, reply: Int) {
        guard case .temporary = verdict(.refused, reply, stage) else {
            Issue.record("final")
            return
        }
    }

    @Test(arguments: [530, 534, 535, 538]) func aServerThatWantsToKnowWhoWeAreIsTheOperatorsToMend(reply: Int) {
        #expect(
            verdict(.refused, reply, .sender) == .temporary("MAIL: reply \(reply), the server refused (libcurl 55)"))
    }

    @Test(arguments: [
        TransferFailure.Reason.unknownHost, .noConnection, .timedOut, .untrusted, .noSecurity, .securityNotOffered,
        .credentialsRefused, .cutOff, .overloaded, .other,
    ]) func troubleOnTheWayIsTriedAgain(reason: TransferFailure.Reason) {
        // Whatever the last reply was: it was to something else.
        for reply in [0, 250, 354, 550] {
            #expect(
                verdict(reason, reply, .data, code: 28) == .temporary("DATA: \(reason.rawValue) (libcurl 28)"))
        }
    }

    @Test(arguments: [TransferFailure.Reason.refused, .cancelled, .timedOut, .cutOff], [250, 251])
    func aMailThatWasTakenIsNotSentAgainWhateverFollows(reason: TransferFailure.Reason, reply: Int) {
        #expect(throws: Never.self) {
            try SMTPTransport.judge(TransferFailure(reason, code: 42, reply: reply, stage: .message))
        }
    }

    @Test(arguments: [MailStage.recipient, .data, .message]) func aStopGivesTheMailBack(stage: MailStage) {
        #expect(throws: CancellationError.self) {
            try SMTPTransport.judge(TransferFailure(.cancelled, code: 42, reply: 354, stage: stage))
        }
    }
}

import Logging
import Persistence
import Testing

@testable import GatherChatd

@Suite("Lines of the log")
struct LineLogHandlerTests {
    private static let time = Timestamp(milliseconds: 1_796_144_534_667)

    @Test(
        arguments: [
            (["path": "/srv/cert.pem", "days": "89"], "days=89 path=/srv/cert.pem"),
            (["reason": "it does not answer"], "reason=\"it does not answer\""),
            (["reason": "two\nlines \"quoted\""], "reason=\"two lines 'quoted'\""), (["error": ""], "error=\"\""),
        ] as [(Logger.Metadata, String)])
    func textIsOneLineWithTheKeysBehind(_ metadata: Logger.Metadata, _ words: String) {
        #expect(
            LineLogHandler(format: .text).line(.notice, "certificate\rreloaded", metadata, at: Self.time)
                == "2026-12-01T17:02:14.667Z notice certificate reloaded \(words)")
    }

    @Test func jsonIsOneObject() {
        #expect(
            LineLogHandler(format: .json).line(.error, "lost \"it\"\n", ["reason": "a/b"], at: Self.time)
                == #"{"level":"error","message":"lost \"it\"\n","reason":"a/b","time":"2026-12-01T17:02:14.667Z"}"#)
    }
}

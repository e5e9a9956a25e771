import NIOCore
import Persistence

extension LivenessWatch.Subject {
    /// It answers when the loop takes its turn.
    static func loop(_ number: Int, _ loop: any EventLoop) -> Self {
        Self(name: "loop \(number)") { answer in loop.execute(answer) }
    }

    /// It answers when the thread that writes comes to it. A database that is away is no silence.
    static func store(_ store: any Store) -> Self {
        Self(name: "store") { answer in store.ping(answer) }
    }
}

import NIOCore
import Persistence

extension LivenessWatch.Subject {
    /// It answers when the loop takes its turn.
    static func loop(_ number: Int, _ loop: any EventLoop) -> Self {
        Self(name: "loop \(number)") { answer in loop.execute(answer) }
    }

    /// It answers when a transaction of nothing has ended, well or not: a database that is away answers as well.
    static func store(_ store: any Store) -> Self {
        Self(name: "store") { answer in
            Task {
                try? await store.write(origin: nil) { _ in }
                answer()
            }
        }
    }
}

import Commands
import Logging
import Persistence
import ServiceLifecycle

/// Looks now and then at what grows or jumps without anybody's doing: the log of the embedded database, the wall clock.
struct StoreWatch: Service {
    let store: any Store
    let clock: any WallClock
    let logger: Logger

    private static let pause = Duration.seconds(10)
    /// Of the log: something keeps its pages from being moved into the database.
    private static let mostLogBytes = 256 * 1_048_576
    /// Of the wall clock against the monotonic one, within one pause.
    private static let jump = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isLong = false
            var (wall, steady) = (clock.now(), ContinuousClock.now)
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pause)
                isLong = tellLength(isLong)
                let (newWall, newSteady) = (clock.now(), ContinuousClock.now)
                tellJump(.milliseconds(newWall.milliseconds &- wall.milliseconds), newSteady - steady)
                (wall, steady) = (newWall, newSteady)
            }
        }
    }

    private func tellLength(_ wasLong: Bool) -> Bool {
        let bytes = store.logBytes ?? 0
        let isLong = bytes > Self.mostLogBytes
        if isLong, !wasLong {
            logger.warning(
                "the write-ahead log grows: a backup under way, or another program that reads the database",
                metadata: .keyed([.bytes: "\(bytes)"]))
        }
        return isLong
    }

    /// Nobody is disconnected by it: timers follow the monotonic clock.
    private func tellJump(_ wall: Duration, _ steady: Duration) {
        let jump = wall - steady
        guard jump > Self.jump || jump < .zero - Self.jump else { return }
        logger.warning("the clock was moved", metadata: .keyed([.seconds: "\(jump.components.seconds)"]))
    }
}

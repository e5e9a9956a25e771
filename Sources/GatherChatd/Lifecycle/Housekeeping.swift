import Commands
import Persistence
import ServiceLifecycle

/// Forgets what is over: windows after a day, expired tokens, mails and invitations, and messages past their time.
struct Housekeeping: Service {
    let store: any Store
    let limits: Limits
    let clock: any WallClock

    static let pause = Duration.seconds(60)
    private static let day: Int64 = 86_400_000
    /// Messages a transaction: so that nobody waits long for it.
    private static let messagesAtOnce = 2_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await tidy()
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// A store that is away is tidied the next time.
    private func tidy() async {
        let aDayAgo = clock.now().advanced(byMilliseconds: -Self.day)
        try? await store.write(origin: nil) { transaction in
            try transaction.forgetWindows(endedBefore: aDayAgo.milliseconds / 60_000)
            try transaction.forgetMailTokens(expiredBefore: aDayAgo)
            try transaction.forgetTokens(expiredBefore: aDayAgo)
            try transaction.forgetInvitations()
            try transaction.forgetMails()
        }
        guard limits.historyDays > 0 else { return }
        let oldest = clock.now().advanced(byMilliseconds: -Int64(limits.historyDays) * Self.day)
        while !Task.isCancelled {
            let hasMore = try? await store.write(origin: nil) {
                try $0.expireMessages(olderThan: oldest, limit: Self.messagesAtOnce)
            }
            if hasMore != true { return }
        }
    }
}

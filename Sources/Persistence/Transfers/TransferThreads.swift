import Dispatch
import Synchronization

/// Threads on which transfers wait, so that nobody else has to. Bounded in number and in queue.
package final class TransferThreads: Sendable {
    private typealias Job = @Sendable () -> Void

    private struct State {
        /// One thread each, when it has something to do.
        var idle: [DispatchQueue]
        var waiting: [Waiting] = []
    }

    /// One that no thread has begun yet.
    private struct Waiting {
        let stop: StopFlag
        let job: Job
        /// Called instead of the job.
        let cancel: Job
    }

    private let state: Mutex<State>
    private let threads: Int
    private let mostWaiting: Int
    private let giving = StopFlag()

    /// - Parameters:
    ///   - threads: Transfers at once.
    ///   - mostWaiting: Transfers that wait for one of them to end; beyond it they are refused.
    package init(_ name: String, threads: Int, mostWaiting: Int) {
        state = Mutex(State(idle: (0..<threads).map { DispatchQueue(label: "gather.transfer.\(name).\($0)") }))
        self.threads = threads
        self.mostWaiting = mostWaiting
    }

    /// Ends about a second after its task was cancelled, at once where no thread has begun it. The time that it waits for a thread counts as the transfer's.
    package func run(_ transfer: Transfer) async throws(TransferFailure) -> TransferAnswer {
        let (stop, begun) = (StopFlag(), ContinuousClock.now)
        let stops = [stop, giving]
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
                let waiting = Waiting(stop: stop) {
                    let left = transfer.mostTime - (ContinuousClock.now - begun)
                    continuation.resume(returning: Self.outcome(transfer, stops, left))
                } cancel: {
                    continuation.resume(returning: .failure(TransferFailure(.cancelled)))
                }
                let isTaken = add(waiting)
                // Cancelled before it waited.
                if stop.isSet { drop(stop) }
                if !isTaken { continuation.resume(returning: .failure(TransferFailure(.overloaded))) }
            }
        } onCancel: {
            stop.set()
            drop(stop)
        }
        return try outcome.get()
    }

    /// Transfers now.
    var load: (underWay: Int, waiting: Int) {
        state.withLock { (threads - $0.idle.count, $0.waiting.count) }
    }

    /// Ends all transfers, and those to come: the process has no more time.
    package func giveUp() { giving.set() }

    /// Cancels the one of this flag if it still waits.
    private func drop(_ stop: StopFlag) {
        let dropped = state.withLock { state in
            state.waiting.firstIndex { $0.stop === stop }.map { state.waiting.remove(at: $0) }
        }
        dropped?.cancel()
    }

    private typealias Outcome = Result<TransferAnswer, TransferFailure>

    private static func outcome(_ transfer: Transfer, _ stops: [StopFlag], _ left: Duration) -> Outcome {
        do throws(TransferFailure) {
            return .success(try TransferRun(transfer, stops: stops).perform(mostTime: left))
        } catch {
            return .failure(error)
        }
    }

    private func add(_ new: Waiting) -> Bool {
        let (thread, isTaken) = state.withLock { state -> (DispatchQueue?, Bool) in
            if let thread = state.idle.popLast() { return (thread, true) }
            guard state.waiting.count < mostWaiting else { return (nil, false) }
            state.waiting.append(new)
            return (nil, true)
        }
        thread?.async { [self] in
            new.job()
            while let next = next(for: thread) { next() }
        }
        return isTaken
    }

    private func next(for thread: DispatchQueue?) -> Job? {
        state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().job }
            if let thread { state.idle.append(thread) }
            return nil
        }
    }
}

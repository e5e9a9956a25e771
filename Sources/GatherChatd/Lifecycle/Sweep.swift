import NIOCore

/// One timer a loop for everything that has a time limit, instead of one a connection.
enum Sweep {
    static let interval = TimeAmount.seconds(1)

    static func start(on seat: Hub.Seat) {
        let hub = seat.hub
        seat.loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            hub.value.lookAtTimes(now: .now())
        }
    }
}

public import LineProtocol
public import Persistence

extension Command {
    /// What must hold before the parameters of a line are looked at.
    /// - Throws: LOGIN_REQUIRED, FORBIDDEN.
    public func checkCaller(_ identity: Identity?) throws(Failure) {
        switch declaration.permission {
        case .anybody: return
        case .passwordUser:
            guard let identity else { throw .loginRequired }
            guard identity.hasPassword else {
                throw .forbidden("An access token may not do that. LOGIN with the password on a new connection.")
            }
        case .user, .room, .memberOrInvited, .roomVisitor:
            guard identity != nil else { throw .loginRequired }
        }
    }

    /// Runs any action that answers by itself; MSG and steps of uploads are the connection's to run. Never waits.
    /// - Parameter answer: Called once, on any thread, also on this one.
    public func run(_ call: Call, then answer: @escaping Answering) {
        let permission = declaration.permission
        do {
            switch action {
            case .session(let body): answer(.success(try body(call)))
            case .asking(let body): try body(call, answer)
            case .read(let body):
                call.services.store.read({ transaction in try body(call, transaction) }, then: answer)
            case .readRoom(let body):
                let (identity, room) = try (call.user(), call.room())
                call.services.store.read(
                    { transaction in
                        let standing = try transaction.standing(of: identity, in: room, permission: permission)
                        return try body(call, standing, transaction)
                    }, then: answer)
            case .long(let body): Self.await(answer) { try await body(call) }
            case .write(let body):
                Self.await(answer) {
                    try await call.services.store.write(origin: call.origin) { transaction in
                        try body(call, transaction)
                    }
                }
            case .writeRoom(let body):
                Self.await(answer) {
                    try await call.writeRoom(permission) { standing, transaction in
                        try body(call, standing, transaction)
                    }
                }
            case .upload, .message: throw Failure.temporarilyUnavailable
            }
        } catch {
            answer(.failure(error))
        }
    }

    /// Answers with what a task comes to.
    public static func await(_ answer: @escaping Answering, _ work: @escaping @Sendable () async throws -> Answer) {
        Task {
            let result: Result<Answer, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            answer(result)
        }
    }
}

extension Call {
    /// The room that the line is about.
    /// - Throws: NO_ROOM.
    public func room() throws(Failure) -> RoomChoice {
        guard let room = arguments.room else { throw .noRoom }
        return room
    }

    /// Reads a snapshot in which the caller's standing in the line's room holds.
    public func readRoom<Value: Sendable>(
        _ permission: Permission, _ body: @escaping @Sendable (Standing, ReadTransaction) throws -> Value
    ) async throws -> Value {
        let (identity, room) = try (user(), room())
        return try await services.store.read { transaction in
            try body(try transaction.standing(of: identity, in: room, permission: permission), transaction)
        }
    }

    /// Changes the store in a transaction in which the caller's standing in the line's room holds.
    public func writeRoom<Value: Sendable>(
        _ permission: Permission, _ body: @escaping @Sendable (Standing, WriteTransaction) throws -> Value
    ) async throws -> Value {
        let (identity, room) = try (user(), room())
        return try await services.store.write(origin: origin) { transaction in
            try body(try transaction.standing(of: identity, in: room, permission: permission), transaction)
        }
    }
}

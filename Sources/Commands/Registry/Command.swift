public import Persistence

/// A command: what it declares and what it does.
///
/// Adding one is adding a file with such a value and naming it in `Registry.all`.
public struct Command: Sendable {
    public let declaration: Declaration
    public let action: Action

    public init(_ declaration: Declaration, _ action: Action) {
        self.declaration = declaration
        self.action = action
    }
}

/// What a command does, by what it needs. A line changes nothing unless its action returns an answer.
public enum Action: Sendable {
    /// Needs nothing but the connection; runs at once.
    case session(@Sendable (Call) throws -> Answer)
    /// Reads one snapshot of the store.
    case read(@Sendable (Call, ReadTransaction) throws -> Answer)
    /// Changes the store in one transaction of a group commit.
    case write(@Sendable (Call, WriteTransaction) throws -> Answer)
    /// Reads one snapshot; the caller's standing in the room was checked in that same snapshot.
    case readRoom(@Sendable (Call, Standing, ReadTransaction) throws -> Answer)
    /// Changes a room; the caller's standing was checked in that same transaction.
    case writeRoom(@Sendable (Call, Standing, WriteTransaction) throws -> Answer)
    /// Takes longer than a transaction (passwords, pictures) or needs several.
    case long(@Sendable (Call) async throws -> Answer)
    /// Asks the store, and may ask again; begins on the connection's loop, so that what often happens costs no task.
    /// Answers once, on any thread, unless it throws.
    case asking(@Sendable (Call, _ answer: @escaping Answering) throws -> Void)
    /// A step of an upload, whose state the connection keeps.
    case upload(@Sendable (Call, inout AvatarUpload) throws -> UploadStep)
    /// MSG: takes the hot path (`MessageDraft`), many of one connection in one batch.
    case message
}

/// Takes what a command answers.
public typealias Answering = @Sendable (Result<Answer, any Error>) -> Void

/// What a step of an upload leads to.
public enum UploadStep: Sendable {
    case answer(Answer)
    /// The bytes are complete: the picture is made and stored.
    case finish(@Sendable () async throws -> Answer)
}

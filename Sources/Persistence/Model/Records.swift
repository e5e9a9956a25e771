/// An account as stored.
public struct AccountRecord: Sendable, Equatable {
    public let reference: AccountReference
    public let email: String
    /// A password hash with its parameters, never a password.
    public let password: String
    /// An IANA time zone.
    public let zone: String
    public let displayName: String?
    public let created: Timestamp
    /// SHA-256 of the stored picture, 64 hexadecimal digits.
    public let avatarDigest: String
    public let avatarBytes: Int
}

/// A room as stored.
public struct RoomRecord: Sendable, Equatable {
    public let reference: RoomReference
    public let access: RoomAccess
    public let topic: String?
    public let created: Timestamp
    /// The oldest message kept: 0 before the first, `lastID` + 1 if all expired.
    public let firstID: Int64
    /// The newest message ever given; 0 before the first.
    public let lastID: Int64
}

/// What a member entered for planning in one room.
public struct PlanningRecord: Sendable, Equatable {
    public let mood: String?
    public let budget: BudgetRecord?
    public let distanceMetres: Int64?
    /// Looked, and has no time.
    public let saidNone: Bool
}

/// An amount of money from low to high, in hundredths.
public struct BudgetRecord: Sendable, Equatable {
    public let low: Int64
    public let high: Int64
    /// ISO 4217.
    public let currency: String

    public init(low: Int64, high: Int64, currency: String) {
        self.low = low
        self.high = high
        self.currency = currency
    }
}

/// A membership.
public struct MemberRecord: Sendable, Equatable {
    public let account: AccountReference
    public let displayName: String?
    public let role: Role
    public let joined: Timestamp
    public let lastSeen: Timestamp?
    public let planning: PlanningRecord
}

/// A room in somebody's list.
public struct GroupRecord: Sendable, Equatable {
    public let room: RoomRecord
    /// `nil` for somebody who is no member.
    public let role: Role?
    public let isInvited: Bool
    public let members: Int
}

/// An invitation by name that still waits.
public struct InvitationRecord: Sendable, Equatable {
    public let room: RoomReference
    public let by: AccountReference
}

/// A message in a room's log.
public struct HistoryEntry: Sendable, Equatable {
    public let id: Int64
    public let time: Timestamp
    /// `nil` where the account was deleted.
    public let authorName: String?
    public let text: String
}

/// A window of time: minutes since 1970, half-open.
public struct StoredWindow: Sendable, Equatable {
    public let start: Int64
    public let end: Int64

    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }
}

/// What a mailed token is for.
public enum MailPurpose: String, Sendable {
    case signup, email, reset
}

/// A mailed token, kept under the digest of its text.
public struct MailTokenRecord: Sendable, Equatable {
    public let purpose: MailPurpose
    /// `nil` before there is an account.
    public let account: AccountID?
    public let username: String
    public let email: String
    /// A password hash, for a sign-up.
    public let password: String?
    public let expires: Timestamp
    public let usedAt: Timestamp?

    public init(
        purpose: MailPurpose, account: AccountID?, username: String, email: String, password: String?,
        expires: Timestamp, usedAt: Timestamp?
    ) {
        self.purpose = purpose
        self.account = account
        self.username = username
        self.email = email
        self.password = password
        self.expires = expires
        self.usedAt = usedAt
    }
}

/// A mail that waits to be sent.
public struct QueuedMail: Sendable, Equatable {
    public let id: Int64
    public let to: String
    public let subject: String
    public let body: String
    public let created: Timestamp
    /// Tries that failed.
    public let tries: Int
}

/// A named token of an account: all pairs that came from one TOKEN ISSUE.
public struct TokenFamilyRecord: Sendable, Equatable {
    public let id: Int64
    public let account: AccountID
    public let name: String
    public let created: Timestamp
    public let lastUsed: Timestamp?
    public let refreshExpires: Timestamp
}

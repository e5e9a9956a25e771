/// WHEN: at what times how many people can meet, and for how long (sections 9 and 9a of the protocol).
///
/// A row is an interval with *all* counted people who are available throughout it, which cannot grow at
/// either end without losing one of them. It is not a head count: A 18–20, B 18–22, C 20–22 has two people at
/// every moment of 18–22, yet no two of them can stay.
///
/// Takes O(N log N + N · min(limit, n)) time for N windows of n people, whatever the number of rows.
public enum Overlap {
    /// A member and when they have time.
    public struct Person: Sendable {
        /// The username as shown.
        public var name: String
        /// When they have time; what is over may still be in it.
        public var windows: WindowSet
        /// Whether they looked and said that they have no time (`AVAIL NONE`).
        public var saidNone: Bool

        /// A member with their availability.
        public init(name: String, windows: WindowSet, saidNone: Bool = false) {
            self.name = name
            self.windows = windows
            self.saidNone = saidNone
        }

        /// Whether they count: a window that is not over, or a word that there is none.
        public func isCounted(at now: Now) -> Bool { saidNone || windows.hasTime(at: now) }
    }

    /// What is asked, with the defaults of the protocol.
    public struct Question: Sendable {
        /// The moment of asking. Nothing before the next whole minute is answered.
        public var now: Now
        /// Windows are cut to begin here; nil, or a time past: now.
        public var from: Minute?
        /// Windows are cut to end here; nil: nowhere.
        public var until: Minute?
        /// Rows are at least this long.
        public var minimum: Length
        /// Rows have at least this many people, from 1; nil: more than half of those counted.
        public var atLeast: Int?
        /// Everybody who has to be in a row, by name in any case; somebody not counted leaves no row.
        public var with: [String]
        /// Keeps only the first row of each local day of this zone (`each=day`), told by where it starts.
        public var eachDayIn: Zone?
        /// Most rows of the answer, in `1...100`; values outside are drawn to the nearest.
        public var limit: Int {
            didSet { limit = Self.limits.clamp(limit) }
        }

        /// The range of `limit`.
        public static let limits = 1...100
        /// What `limit` is where it is not given.
        public static let defaultLimit = 10

        /// A question with everything else at its default.
        public init(
            now: Now, from: Minute? = nil, until: Minute? = nil, minimum: Length = .defaultMinimum,
            atLeast: Int? = nil, with: [String] = [], eachDayIn: Zone? = nil, limit: Int = defaultLimit
        ) {
            self.now = now
            self.from = from
            self.until = until
            self.minimum = minimum
            self.atLeast = atLeast
            self.with = with
            self.eachDayIn = eachDayIn
            self.limit = Self.limits.clamp(limit)
        }
    }

    /// An interval and who can be there throughout.
    public struct Row: Hashable, Sendable {
        /// When.
        public let window: Window
        /// k: how many of those counted can.
        public let available: Int
        /// n: how many are counted.
        public let counted: Int
        /// Those counted who cannot, by folded name.
        public let missing: [String]
    }

    /// Rows best first, and what is known beside them.
    public struct Answer: Hashable, Sendable {
        /// The rows, by rank from 1: people falling, length falling, start rising. At most `limit`.
        public let rows: [Row]
        /// Where no row qualifies: the first row with the conditions on number and length given up, the
        /// length only if needed.
        public let best: Row?
        /// n: how many are counted.
        public let counted: Int
        /// Whether there are rows beyond `limit`.
        public let hasMore: Bool
        /// Where no row qualifies: what stood in the way.
        public let obstacle: Obstacle?
    }

    /// The condition that left no row.
    public enum Obstacle: Hashable, Sendable {
        /// Nobody has entered a time.
        case nobodyCounted
        /// The best there is has fewer people than this.
        case people(atLeast: Int)
        /// The best there is is shorter than this.
        case length(Length)
        /// The best there is has too few people and is too short.
        case peopleAndLength(atLeast: Int, Length)
        /// These people (of `with=`) are never there together, or have entered nothing.
        case with([String])
        /// Nothing lies between `from=` and `until=`.
        case bounds
        /// There is time with everybody in `with=`, and time in the bounds, but not both.
        case withAndBounds([String])
        /// Those counted have no time at all.
        case noTime
    }

    /// From how many windows on a question may take longer than an event loop should be kept.
    public static let largeWindowCount = 4_000

    /// Whether answering about these people belongs off the event loops. Cheap.
    public static func isLarge(_ people: [Person]) -> Bool {
        var windows = 0
        for person in people {
            windows += person.windows.windows.count
            if windows > largeWindowCount { return true }
        }
        return false
    }

    /// The answer to `question` among the members of a room, given in any order.
    public static func answer(_ question: Question, among people: [Person]) -> Answer {
        let group = Group(people, at: question.now)
        let atLeast = max(1, question.atLeast ?? group.people.count / 2 + 1)
        let field = group.field(of: question)
        var conditions = OverlapField.Conditions(
            minimum: question.minimum, atLeast: atLeast, day: question.eachDayIn, limit: question.limit)
        let found = field.rows(conditions)
        if !found.candidates.isEmpty {
            return Answer(
                rows: group.rows(found.candidates, field), best: nil, counted: group.people.count,
                hasMore: found.hasMore, obstacle: nil)
        }
        conditions.limit = 1
        conditions.atLeast = 1
        var first = field.rows(conditions)
        if first.candidates.isEmpty {
            conditions.minimum = .shortest
            first = field.rows(conditions)
        }
        let best = group.rows(first.candidates, field).first
        let obstacle =
            if let best {
                Self.obstacle(to: best, minimum: question.minimum, atLeast: atLeast)
            } else {
                group.obstacle(toAnythingFor: question)
            }
        return Answer(
            rows: [], best: best, counted: group.people.count, hasMore: false, obstacle: obstacle)
    }

    private static func obstacle(to best: Row, minimum: Length, atLeast: Int) -> Obstacle {
        switch (best.available < atLeast, best.window.minutes < minimum.minutes) {
        case (true, true): .peopleAndLength(atLeast: atLeast, minimum)
        case (false, true): .length(minimum)
        default: .people(atLeast: atLeast)
        }
    }
}

extension ClosedRange<Int> {
    fileprivate func clamp(_ value: Int) -> Int { Swift.min(Swift.max(value, lowerBound), upperBound) }
}

/// STATS: what each member has entered, and what they have in common (section 9 of the protocol).
///
/// `k/n` always means: suits k of the n who have entered one. A row with nothing to say is not there.
public struct Statistics: Sendable {
    /// A member with everything entered in the room.
    public struct Member: Sendable {
        /// Name and availability.
        public var person: Overlap.Person
        /// The mood as typed.
        public var mood: String?
        /// What they can spend.
        public var budget: Budget?
        /// How far they would go.
        public var distance: Distance?

        /// A member with their planning.
        public init(
            person: Overlap.Person, mood: String? = nil, budget: Budget? = nil, distance: Distance? = nil
        ) {
            self.person = person
            self.mood = mood
            self.budget = budget
            self.distance = distance
        }

        /// Whether they have entered any of the four; to say that one has no time is to have entered it.
        public func hasAnswered(at now: Now) -> Bool {
            mood != nil || budget != nil || distance != nil || person.isCounted(at: now)
        }
    }

    /// One row; the cases are in the order in which rows come.
    public enum Row: Hashable, Sendable {
        /// What one member entered; `windows` counts those that are not over.
        case member(name: String, mood: String?, budget: Budget?, distance: Distance?, windows: Int, saidNone: Bool)
        /// How many have this mood, in lower case, of how many who have one.
        case mood(String, count: Int, counted: Int)
        /// What suits the most of those with a budget in that currency.
        case budget(Budget, suits: Int, counted: Int)
        /// The smallest distance, which suits all, and the median.
        case distance(common: Distance, median: Distance, counted: Int)
        /// The first row of WHEN.
        case when(Overlap.Row)
    }

    /// Members by name, then moods, budgets, distance, when.
    public let rows: [Row]
    /// How many members there are.
    public let members: Int
    /// How many of them have entered any of the four.
    public let answered: Int

    /// The statistics of all members of a room. Holds a WHEN question: where `Overlap.isLarge`, off the loops.
    public init(of members: [Member], now: Now) {
        let question = Overlap.Question(now: now, limit: 1)
        let answer = Overlap.answer(question, among: members.map { $0.person })
        let sorted = members.map { (folded: $0.person.name.lowercased(), member: $0) }
            .sorted { $0.folded < $1.folded }
        var rows = sorted.map { Self.row(of: $0.member, now: now) }
        rows += Self.moods(members.compactMap { $0.mood })
        rows += Self.budgets(members.compactMap { $0.budget })
        rows += Self.distances(members.compactMap { $0.distance })
        rows += answer.rows.prefix(1).map { .when($0) }
        self.rows = rows
        self.members = members.count
        answered = Self.answered(members, now: now)
    }

    /// The row of one member alone, for `STATS … user`.
    public static func row(of member: Member, now: Now) -> Row {
        .member(
            name: member.person.name, mood: member.mood, budget: member.budget,
            distance: member.distance, windows: member.person.windows.count(at: now),
            saidNone: member.person.saidNone)
    }

    /// How many members have entered any of the four.
    public static func answered(_ members: [Member], now: Now) -> Int {
        members.count { $0.hasAnswered(at: now) }
    }

    /// Moods that are equal whatever the case are one. By count falling, then by mood.
    static func moods(_ moods: [String]) -> [Row] {
        var counts: [String: Int] = [:]
        for mood in moods { counts[mood.lowercased(), default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { .mood($0.key, count: $0.value, counted: moods.count) }
    }

    /// A row a currency: by how many entered one falling, then by currency.
    static func budgets(_ budgets: [Budget]) -> [Row] {
        let groups = Dictionary(grouping: budgets) { $0.currency }
        return groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.compactMap { group in
            common(group.value).map { .budget($0.range, suits: $0.suits, counted: group.value.count) }
        }
    }

    /// WHEN's rule on the line of money: the range that suits the most, of these the widest, of these the
    /// lowest. `budgets` are of one currency.
    static func common(_ budgets: [Budget]) -> (range: Budget, suits: Int)? {
        let lows = budgets.map { $0.low }.sorted()
        let highs = budgets.map { $0.high }.sorted()
        var best: (range: Budget, suits: Int)?
        var ended = 0
        for (index, low) in lows.enumerated() where index + 1 == lows.count || lows[index + 1] != low {
            while ended < highs.count, highs[ended] < low { ended += 1 }
            // The earliest end still to come is one of a range that is open here: one that began later and
            // ended sooner would make its own beginning suit more, so this is not the best then anyway.
            guard ended < highs.count, let currency = budgets.first?.currency,
                let range = Budget(low: low, high: highs[ended], currency: currency)
            else { continue }
            let suits = index + 1 - ended
            let known = best.map { ($0.suits, $0.range.high - $0.range.low) } ?? (0, 0)
            if best == nil || (suits, range.high - range.low) > known { best = (range, suits) }
        }
        return best
    }

    /// Nothing where nobody has entered a distance.
    static func distances(_ distances: [Distance]) -> [Row] {
        let sorted = distances.sorted()
        guard let smallest = sorted.first else { return [] }
        let upper = sorted[sorted.count / 2]
        let lower = sorted[(sorted.count - 1) / 2]
        // Of an odd number both are the one in the middle; the sum is far from overflow.
        let median = Distance(metres: (lower.metres + upper.metres) / 2) ?? lower
        return [.distance(common: smallest, median: median, counted: sorted.count)]
    }
}

extension Overlap {
    /// The people who are counted, by folded name, as the search sees them and as rows name them.
    struct Group {
        let people: [Person]
        private let foldedNames: [String]

        init(_ people: [Person], at now: Now) {
            let sorted = people.filter { $0.isCounted(at: now) }
                .map { (folded: $0.name.lowercased(), person: $0) }
                .sorted { $0.folded < $1.folded }
            self.people = sorted.map { $0.person }
            foldedNames = sorted.map { $0.folded }
        }

        /// The windows of everybody, cut to the bounds of the question.
        func field(of question: Question) -> OverlapField {
            let from = max(question.from ?? .first, question.now.nextMinute)
            let folded = Set(question.with.map { $0.lowercased() })
            let required = people.indices.filter { folded.contains(foldedNames[$0]) }
            return OverlapField(
                people: people.map { $0.windows }, required: required, requiredCount: folded.count,
                from: from, until: question.until ?? .last)
        }

        /// Rows for the intervals that were found, with the names of those who are missing.
        func rows(_ candidates: [OverlapCandidate], _ field: OverlapField) -> [Row] {
            candidates.compactMap { candidate in
                guard let window = field.window(of: candidate) else { return nil }
                let missing = people.filter { !$0.windows.contains(window) }.map { $0.name }
                return Row(
                    window: window, available: people.count - missing.count, counted: people.count,
                    missing: missing)
            }
        }

        /// Why there is not even a minute with one person: gives the other conditions up one by one.
        func obstacle(toAnythingFor question: Question) -> Obstacle {
            guard !people.isEmpty else { return .nobodyCounted }
            var withoutNames = question
            withoutNames.with = []
            var withoutBounds = question
            withoutBounds.from = nil
            withoutBounds.until = nil
            if !question.with.isEmpty, hasTime(withoutNames) {
                return hasTime(withoutBounds) ? .withAndBounds(question.with) : .with(question.with)
            }
            withoutBounds.with = []
            return hasTime(withoutBounds) ? .bounds : .noTime
        }

        private func hasTime(_ question: Question) -> Bool {
            let conditions = OverlapField.Conditions(minimum: .shortest, atLeast: 1, day: nil, limit: 1)
            return !field(of: question).rows(conditions).candidates.isEmpty
        }
    }
}

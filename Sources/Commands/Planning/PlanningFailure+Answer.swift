public import LineProtocol

extension Failure {
    /// The one code of each planning failure.
    public init(_ failure: PlanningFailure) {
        let code: FailCode =
            switch failure {
            case .invalidTime: .invalidTime
            case .invalidDuration: .invalidDuration
            case .invalidBudget: .invalidBudget
            case .invalidDistance: .invalidDistance
            case .tooManyWords: .invalidParameters
            }
        self.init(code, words: failure.words)
    }
}

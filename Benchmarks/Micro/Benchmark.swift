/// Something to measure, and what it stands on: work that has to be done at the least with the same input.
///
/// The bodies answer with a number that depends on all they did. It is compared with what is expected each time, so
/// that nothing measured is wrong, and nothing is optimised away.
struct Benchmark {
    /// A piece of work and its one right answer.
    struct Work {
        let name: String
        let expected: Int
        let body: () -> Int
    }

    let name: String
    /// Operations in one call of the body.
    let operations: Int
    /// Bytes of input or output in one call, where they say something.
    let bytes: Int?
    let work: Work
    let base: Work

    init(_ name: String, operations: Int = 1, bytes: Int? = nil, expected: Int, base: Work, body: @escaping () -> Int) {
        self.name = name
        self.operations = operations
        self.bytes = bytes
        self.base = base
        work = Work(name: name, expected: expected, body: body)
    }
}

/// Ends the program where an answer is wrong: a figure for it would mean nothing.
func require(_ isTrue: Bool, _ words: @autoclosure () -> String) {
    guard !isTrue else { return }
    fatalError(words())
}

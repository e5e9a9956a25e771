import Testing

/// Here a promise that is broken is an issue of the test, and the next input follows.
func require(_ condition: @autoclosure () throws -> Bool, _ broken: @autoclosure () -> String) rethrows {
    if try !condition() { Issue.record("\(Replayed.file): \(broken())") }
}

/// The fuzzer asks the system's library, which is told the place by a variable of the whole process: not where other tests
/// run beside this one. Zones are held against themselves instead.
func systemClock(_ zone: String, _ seconds: Int64) -> (day: Int64, minute: Int64, offset: Int64)? { nil }

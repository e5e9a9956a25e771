import ArgumentParser

/// Runs a command; what it throws becomes one line on standard error and the exit code that belongs to it.
func reportingFailures(_ body: () throws -> Void) throws {
    do { try body() } catch let failure as StartFailure { throw reported(failure) }
}

/// As above, for commands that wait.
func reportingFailures(_ body: () async throws -> Void) async throws {
    do { try await body() } catch let failure as StartFailure { throw reported(failure) }
}

private func reported(_ failure: StartFailure) -> ExitCode {
    StandardError.print("gatherchatd: \(failure)")
    return ExitCode(failure.exitCode)
}

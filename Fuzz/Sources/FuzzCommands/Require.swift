/// Ends the process, which is how libFuzzer learns of a find, and says why also in optimised builds.
func require(_ condition: @autoclosure () -> Bool, _ broken: String) {
    if !condition() { fatalError(broken) }
}

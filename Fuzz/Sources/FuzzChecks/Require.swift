/// Ends the process, which is how libFuzzer learns of a find, and says why also in optimised builds. The ordinary
/// tests, which replay what was found, have one of their own.
func require(_ condition: @autoclosure () throws -> Bool, _ broken: @autoclosure () -> String) rethrows {
    if try !condition() { fatalError(broken()) }
}

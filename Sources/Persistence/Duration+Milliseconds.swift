import Dispatch

extension Duration {
    /// In whole ms, rounded up, so that whoever waits does not wake before its end.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000 &+ attoseconds / 1_000_000_000_000_000 &+ 1
    }

    var interval: DispatchTimeInterval { .milliseconds(Int(clamping: wholeMilliseconds)) }
}

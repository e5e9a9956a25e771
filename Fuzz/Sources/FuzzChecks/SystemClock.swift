import Glibc

/// What the clocks of a place show, as the system's own library has it.
///
/// It is told the place by a variable of the whole process, so the ordinary tests, which run side by side, have none.
/// - Returns: Days since 1970, minutes of that day, seconds ahead of UTC.
func systemClock(_ zone: String, _ seconds: Int64) -> (day: Int64, minute: Int64, offset: Int64)? {
    if zone != currentZone {
        setenv("TZ", ":\(zone)", 1)
        tzset()
        currentZone = zone
    }
    var (time, shown) = (time_t(seconds), tm())
    guard localtime_r(&time, &shown) != nil else { return nil }
    let offset = Int64(shown.tm_gmtoff)
    // As if the clocks were those of UTC.
    return (Int64(timegm(&shown)).floorQuotient(86_400), Int64(shown.tm_hour * 60 + shown.tm_min), offset)
}

/// libFuzzer runs one input at a time.
private nonisolated(unsafe) var currentZone = ""

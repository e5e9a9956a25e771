/// How a worker process ends: what it tells with its exit code.
enum ImageWorkerExit: Int32 {
    /// The picture was written to standard output.
    case made = 0
    case unsupported = 10
    case tooManyPixels = 11
    /// The worker could not do its work: no fault of the picture.
    case unavailable = 12
}

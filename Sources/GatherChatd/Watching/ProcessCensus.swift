#if canImport(Glibc)
    import Glibc
#endif

/// What the system says of this process.
struct ProcessCensus {
    /// Open descriptors, and how many there may be.
    let descriptors: Int?
    let mostDescriptors: Int?
    let residentBytes: Int?
    let processorSeconds: Double

    static func take() -> ProcessCensus {
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0
        return ProcessCensus(
            descriptors: descriptorCount(), mostDescriptors: hasLimit ? Int(clamping: limit.rlim_cur) : nil,
            residentBytes: residentBytes(), processorSeconds: processorSeconds())
    }

    private static func descriptorCount() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without the two names of folders, and the descriptor that this look needs itself.
        return count - 3
    }

    private static func residentBytes() -> Int? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard fgets(&text, CInt(text.count), file) != nil else { return nil }
        // proc(5): size, resident, … in pages.
        let fields = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(CInt(_SC_PAGESIZE))
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
    }
}

import CVips
import Commands
import Glibc

/// The child's side of the image worker: one picture in on standard input, one PNG out on standard output.
///
/// All that strangers' pictures can reach runs here, in a process that has bound itself first: 512 MiB of
/// addresses, five seconds of processor, no core file, and from the first byte of the picture on no new
/// descriptor, so no file and no socket either. It never returns; the exit code is an `ImageWorkerExit`.
struct ImageWorkerProcess {
    /// Pixels on each side of the picture made.
    static let edge: Int32 = 256
    /// Bytes of a picture read, over any limit that the parent may have set.
    private static let mostBytes = 64 << 20

    /// Width times height, at most, by the header of the picture.
    let mostPixels: Int

    /// What has to stand in the environment before the process starts, as it is read before `run`.
    ///
    /// One malloc arena: each thread's own would reserve 64 MiB of addresses (and 128 MiB while it is aligned),
    /// which `RLIMIT_AS` counts though nothing is in them.
    static let environment = ["MALLOC_ARENA_MAX=1"]

    func run() -> Never {
        _exit(result().rawValue)
    }

    private func result() -> ImageWorkerExit {
        guard Self.limitResources(), Self.startLibrary(), Self.forbidDescriptors() else { return .unavailable }
        guard let bytes = Self.readInput() else { return .unavailable }
        guard let kind = ImageKind(magicOf: bytes), PictureEnd.isReached(in: bytes, kind: kind) else {
            return .unsupported
        }
        return bytes.withUnsafeBytes { convert($0, kind: kind) }
    }

    private static func limitResources() -> Bool {
        // The kernel kills a second after the signal that ends, in case that were ever caught.
        limit(RLIMIT_AS, 512 << 20) && limit(RLIMIT_CPU, 5, hard: 6) && limit(RLIMIT_CORE, 0)
            && limit(RLIMIT_NOFILE, 64)
    }

    /// Descriptors that are open stay open; no further one can be made, whatever is closed meanwhile.
    private static func forbidDescriptors() -> Bool { limit(RLIMIT_NOFILE, 0) }

    private static func limit(_ resource: __rlimit_resource, _ soft: rlim_t, hard: rlim_t? = nil) -> Bool {
        var limit = rlimit(rlim_cur: soft, rlim_max: hard ?? soft)
        return setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
    }

    private static func startLibrary() -> Bool {
        // Loaders that come as modules (ImageMagick, PDF, microscopes) are not looked for where there are none.
        guard setenv("VIPSHOME", "/nonexistent", 1) == 0, vips_init("gatherchatd") == 0 else { return false }
        vips_block_untrusted_set(1)
        vips_concurrency_set(1)
        vips_cache_set_max(0)
        return true
    }

    private static func readInput() -> [UInt8]? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0, bytes.count + count <= mostBytes else { return nil }
            bytes += piece.prefix(count)
        }
    }

    private func convert(_ bytes: UnsafeRawBufferPointer, kind: ImageKind) -> ImageWorkerExit {
        guard Self.loader(of: bytes) == kind.loader else { return .unsupported }
        var (width, height): (Int32, Int32) = (0, 0)
        guard gather_vips_header(bytes.baseAddress, bytes.count, &width, &height) == 0, width > 0, height > 0
        else { return .unsupported }
        guard Int(width) * Int(height) <= mostPixels else { return .tooManyPixels }

        var square: UnsafeMutablePointer<VipsImage>?
        var coloured: UnsafeMutablePointer<VipsImage>?
        var narrow: UnsafeMutablePointer<VipsImage>?
        var png: UnsafeMutableRawPointer?
        var count = 0
        guard gather_vips_square(bytes.baseAddress, bytes.count, Self.edge, &square) == 0,
            gather_vips_srgb(square, &coloured) == 0, gather_vips_bytes(coloured, &narrow) == 0,
            gather_vips_png(narrow, &png, &count) == 0, let png
        else { return .unsupported }
        return Self.writeOutput(UnsafeRawBufferPointer(start: png, count: count)) ? .made : .unavailable
    }

    /// The loader that libvips will choose, by its class.
    private static func loader(of bytes: UnsafeRawBufferPointer) -> String? {
        vips_foreign_find_load_buffer(bytes.baseAddress, bytes.count).map { String(cString: $0) }
    }

    private static func writeOutput(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension ImageKind {
    /// The only loader that a picture of this kind may meet.
    fileprivate var loader: String {
        switch self {
        case .png: "VipsForeignLoadPngBuffer"
        case .jpeg: "VipsForeignLoadJpegBuffer"
        case .webp: "VipsForeignLoadWebpBuffer"
        case .gif: "VipsForeignLoadNsgifBuffer"
        }
    }
}

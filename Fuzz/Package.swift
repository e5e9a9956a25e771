// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the daemon is never built with a fuzzer's instrumentation. The folders of the
// daemon's targets are links to those that it is built from.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Counts which edges of the code a run takes, and compares where values are compared. The checks look at what is
/// internal, as tests do.
let instrumented: [SwiftSetting] = strict + [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])]

/// The libraries of the fuzzer. By LLVM's linker: gold does not know all that the instrumentation writes.
let linked: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]

/// One program for each kind of input.
let programs = ["FuzzLines", "FuzzCommands", "FuzzTimes", "FuzzRows", "FuzzUpload"].map { name in
    Target.executableTarget(
        name: name, dependencies: ["FuzzChecks", "CLibFuzzer"], swiftSettings: strict, linkerSettings: linked)
}

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibFuzzer"),
        .systemLibrary(
            name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "LineProtocol",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: instrumented),
        .target(
            name: "Persistence",
            dependencies: [
                "CLibCurl", "CLibPQ",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: instrumented),
        .target(
            name: "Commands",
            dependencies: ["LineProtocol", "Persistence", "CLibCrypto"],
            swiftSettings: instrumented),
        // Of the daemon itself, the one file that reads a stranger's bytes.
        .target(name: "PictureEnd", dependencies: ["Commands"], swiftSettings: instrumented),
        // What has to hold for an input. The ordinary tests use these as well (Tests/FuzzTests).
        .target(
            name: "FuzzChecks",
            dependencies: [
                "Commands", "LineProtocol", "Persistence", "PictureEnd",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
    ] + programs
)

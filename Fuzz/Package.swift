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

/// Counts which edges of the code a run takes, and compares where values are compared.
let instrumented: [SwiftSetting] = strict + [.unsafeFlags(["-sanitize=fuzzer,address"])]

/// The libraries of the fuzzer. By LLVM's linker: gold does not know all that the instrumentation writes.
let linked: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]

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
            swiftSettings: strict),
        .target(
            name: "Commands",
            dependencies: ["LineProtocol", "Persistence", "CLibCrypto"],
            swiftSettings: instrumented),
        .executableTarget(
            name: "FuzzLines",
            dependencies: [
                "LineProtocol", "CLibFuzzer", .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict, linkerSettings: linked),
        .executableTarget(
            name: "FuzzCommands",
            dependencies: [
                "Commands", "LineProtocol", "CLibFuzzer", .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict, linkerSettings: linked),
    ]
)

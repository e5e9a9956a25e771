// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the daemon is never built with a fuzzer's instrumentation. The folder of
// LineProtocol is a link to the one that the daemon is built from.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Counts which edges of the code a run takes, and compares where values are compared.
let instrumented: [SwiftSetting] = strict + [.unsafeFlags(["-sanitize=fuzzer,address"])]

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0")
    ],
    targets: [
        .systemLibrary(name: "CLibFuzzer"),
        .target(
            name: "LineProtocol",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: instrumented),
        .executableTarget(
            name: "FuzzLines",
            dependencies: [
                "LineProtocol", "CLibFuzzer", .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
)

import ArgumentParser
import CLibCrypto
import CLibCurl
import CLibPQ
import CVips
import GRDBSQLite

/// The version, and those of the libraries of the system: what a report of a fault needs.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Tells the version, and those of the system's libraries.")

    func run() {
        StandardOutput.print("gatherchatd \(Version.current)")
        StandardOutput.print(String(cString: OpenSSL_version(OPENSSL_VERSION)))
        StandardOutput.print("SQLite \(String(cString: sqlite3_libversion()))")
        StandardOutput.print("libvips \(String(cString: vips_version_string()))")
        StandardOutput.print("libpq \(PQlibVersion() / 10_000).\(PQlibVersion() % 10_000)")
        StandardOutput.print(String(cString: curl_version()))
    }
}

enum Version {
    static let current = "0.1.0"
}

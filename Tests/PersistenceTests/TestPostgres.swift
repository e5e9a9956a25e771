import Foundation
import Testing

@testable import Persistence

/// The PostgreSQL server that the tests use: `scripts/postgres` starts one, and `GATHER_TEST_POSTGRES` names it.
enum TestPostgres {
    struct Missing: Error, CustomStringConvertible {
        let description = "GATHER_TEST_POSTGRES does not name a server: scripts/postgres start FOLDER starts one"
    }

    private static func server() throws -> String {
        guard let url = ProcessInfo.processInfo.environment["GATHER_TEST_POSTGRES"] else { throw Missing() }
        return url
    }

    static func connection(schema: String? = nil) throws -> PostgresConnection {
        try PostgresDoor.open(try PostgresAddress(try schema.map(url) ?? server()))
    }

    /// Tables of their own, in the one database.
    static func makeSchema() throws -> String {
        let schema = "test_" + UUID().uuidString.replacing("-", with: "").lowercased()
        _ = try connection().run([PostgresStatement("CREATE SCHEMA \(schema)")])
        return schema
    }

    /// Calls with the URL of a database of its own.
    /// - Parameter options: What SQL says behind its name.
    static func withDatabase(_ options: String, _ body: (String) async throws -> Void) async throws {
        let name = "test_" + UUID().uuidString.replacing("-", with: "").lowercased()
        _ = try connection().run([PostgresStatement("CREATE DATABASE \(name) \(options)")])
        defer { _ = try? connection().run([PostgresStatement("DROP DATABASE \(name) WITH (FORCE)")]) }
        var url = try #require(URLComponents(string: try server()))
        url.path = "/\(name)"
        try await body(try #require(url.string))
    }

    static func url(schema: String) throws -> String {
        try server() + "?options=-csearch_path%3D\(schema)"
    }
}

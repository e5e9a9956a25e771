import Commands
import HTTPTypes
import Hummingbird
import LineProtocol
import Logging
import NIOCore
import Persistence
import Synchronization

/// The web door: the page of a mailed link, and pictures.
final class WebDoor: Sendable {
    private let settings: Settings
    private let serverName: String
    /// Set once the store is open; requests before that are told to come again.
    private let services = Mutex<Services?>(nil)

    init(settings: Settings, serverName: String) {
        self.settings = settings
        self.serverName = serverName
    }

    func open(_ services: Services) { self.services.withLock { $0 = services } }

    func addRoutes(to router: Router<WebContext>) {
        router.get("avatar/:file") { [self] _, context in try await avatar(context) }
        router.get("verify/:token") { [self] _, context in await look(context) }
        router.post("verify/:token") { [self] request, context in
            _ = try await request.body.collect(upTo: context.maxUploadSize)
            return await use(context)
        }
    }

    // MARK: Pictures

    /// Named by their digest, they never change.
    private func avatar(_ context: WebContext) async throws -> Response {
        guard let file = context.parameters.get("file"), file.hasSuffix(".png"),
            let services = services.withLock({ $0 })
        else { return WebServer.text(.notFound, "no such picture\n") }
        let digest = String(file.dropLast(4))
        let stored: [UInt8]?
        do {
            stored = digest == DefaultAvatar.digest ? DefaultAvatar.png : try await services.blobs.get(digest)
        } catch BlobFailure.invalidDigest {
            stored = nil
        } catch {
            return WebServer.text(.serviceUnavailable, "the picture cannot be had right now\n")
        }
        guard let picture = stored else { return WebServer.text(.notFound, "no such picture\n") }
        return Response(
            status: .ok,
            headers: [
                .contentType: "image/png", .cacheControl: "public, max-age=31536000, immutable",
                .xContentTypeOptions: "nosniff", .contentSecurityPolicy: "default-src 'none'; sandbox",
                .eTag: "\"\(digest)\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture)))
    }

    // MARK: Verification

    private var pages: VerificationPages { VerificationPages(serverName: serverName) }

    /// Creates nothing: mail programs look at links before people do.
    private func look(_ context: WebContext) async -> Response {
        guard let services = services.withLock({ $0 }), let token = context.parameters.get("token") else {
            return Self.page(.serviceUnavailable, pages.unavailable)
        }
        if let refused = refusal(context, services) { return refused }
        do {
            return page(of: try await Verification(services).look(at: token), context, services) {
                Self.page(.ok, pages.confirm(username: $0, makesAccount: $1))
            }
        } catch {
            return Self.page(.serviceUnavailable, pages.unavailable)
        }
    }

    private func use(_ context: WebContext) async -> Response {
        guard let services = services.withLock({ $0 }), let token = context.parameters.get("token") else {
            return Self.page(.serviceUnavailable, pages.unavailable)
        }
        if let refused = refusal(context, services) { return refused }
        do {
            switch try await Verification(services).use(token, origin: nil) {
            case .created(let account): return Self.page(.ok, pages.created(username: account.reference.name))
            case .changedAddress(let username): return Self.page(.ok, pages.changed(username: username))
            }
        } catch let failure as Failure {
            return await refused(failure, token, context, services)
        } catch {
            return Self.page(.serviceUnavailable, pages.unavailable)
        }
    }

    private func refused(_ failure: Failure, _ token: String, _ context: WebContext, _ services: Services) async
        -> Response
    {
        switch failure.code {
        case .usernameTaken: return Self.page(.conflict, pages.nameTaken)
        case .invalidToken, .expiredToken:
            guard let look = try? await Verification(services).look(at: token) else {
                return Self.page(.serviceUnavailable, pages.unavailable)
            }
            return page(of: look, context, services) { _, _ in Self.page(.conflict, pages.addressTaken) }
        default: return Self.page(.serviceUnavailable, pages.unavailable)
        }
    }

    private func page(
        of look: Verification.Look, _ context: WebContext, _ services: Services,
        ifGood: (_ username: String, _ makesAccount: Bool) -> Response
    ) -> Response {
        switch look {
        case .unknown: unknown(context, services)
        case .used: Self.page(.gone, pages.used)
        case .expired: Self.page(.gone, pages.expired)
        case .good(let username, let makesAccount): ifGood(username, makesAccount)
        }
    }

    /// Guessing is limited here as it is for VERIFY.
    private func unknown(_ context: WebContext, _ services: Services) -> Response {
        if let network = context.address?.key(exempt: settings.exempt).network {
            services.limiters.loginFailuresByAddress.count(network, now: services.clock.now())
        }
        return Self.page(.notFound, pages.unknown)
    }

    private func refusal(_ context: WebContext, _ services: Services) -> Response? {
        guard let network = context.address?.key(exempt: settings.exempt).network,
            let seconds = services.limiters.loginFailuresByAddress.check(network, now: services.clock.now())
        else { return nil }
        return Self.page(.tooManyRequests, pages.tooMany(seconds: seconds))
    }

    private static func page(_ status: HTTPResponse.Status, _ page: Page) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer",
                .contentSecurityPolicy: PageStyle.contentSecurityPolicy,
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: page.html)))
    }
}

extension HTTPField.Name {
    /// Fetch standard: not to be shown to other sites that the token was here.
    fileprivate static var referrerPolicy: HTTPField.Name { HTTPField.Name("Referrer-Policy") ?? .referer }
}

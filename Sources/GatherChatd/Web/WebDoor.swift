import Commands
import HTTPTypes
import Hummingbird
import LineProtocol
import Logging
import NIOCore
import Persistence
import Synchronization

/// The web door: the page of a mailed link, pictures, and whether the server is well.
final class WebDoor: Sendable {
    /// What a request needs to know of its connection.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let address: SocketAddress?

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            address = source.channel.remoteAddress
        }

        /// A form without fields is all that is ever sent here.
        var maxUploadSize: Int { 16_384 }
    }

    /// Connections at once.
    static let mostConnections = 256
    /// Bytes of all headers of a request.
    static let mostHeaderBytes = 16_384
    static let idleTime = TimeAmount.seconds(30)

    private let settings: Settings
    private let serverName: String
    /// Set once the store is open; requests before that are told to come again.
    private let services = Mutex<Services?>(nil)
    private let isDraining = Atomic(false)

    init(settings: Settings, serverName: String) {
        self.settings = settings
        self.serverName = serverName
    }

    func open(_ services: Services) { self.services.withLock { $0 = services } }

    func drain() { isDraining.store(true, ordering: .relaxed) }

    /// - Parameter onBound: Called with the port that was really bound.
    func application(
        logger: Logger, onBound: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        var quiet = logger
        // What goes wrong with a stranger's request is theirs; why we cannot start is told by us, in one line.
        quiet.logLevel = .critical
        return Application(
            router: router(),
            server: .http1(
                configuration: .init(
                    idleTimeout: Self.idleTime,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Self.mostHeaderBytes, maxHeaderListSize: Self.mostHeaderBytes,
                        maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(settings.web.host, port: settings.web.port),
                availableConnectionsDelegate: .maximum(Self.mostConnections, logger: quiet)),
            onServerRunning: { channel in await onBound(channel.localAddress?.port ?? 0) }, logger: quiet)
    }

    private func router() -> Router<Context> {
        // HEAD is what GET says: what checks the links of a mail shall not find them broken.
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.get("healthz") { _, _ in Self.text(.ok, "ok\n") }
        router.get("readyz") { [self] _, _ in await readiness() }
        router.get("avatar/:file") { [self] _, context in try await avatar(context) }
        router.get("verify/:token") { [self] _, context in await look(context) }
        router.post("verify/:token") { [self] request, context in
            _ = try await request.body.collect(upTo: context.maxUploadSize)
            return await use(context)
        }
        return router
    }

    // MARK: Health

    private func readiness() async -> Response {
        guard let services = services.withLock({ $0 }), !isDraining.load(ordering: .relaxed) else {
            return Self.text(.serviceUnavailable, "not ready\n")
        }
        do {
            _ = try await services.store.read { try $0.mailQueueLength() }
            return Self.text(.ok, "ready\n")
        } catch {
            return Self.text(.serviceUnavailable, "the store does not answer\n")
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    // MARK: Pictures

    /// Named by their digest, they never change.
    private func avatar(_ context: Context) async throws -> Response {
        guard let file = context.parameters.get("file"), file.hasSuffix(".png"),
            let services = services.withLock({ $0 })
        else { return Self.text(.notFound, "no such picture\n") }
        let digest = String(file.dropLast(4))
        let stored: [UInt8]?
        do {
            stored = digest == DefaultAvatar.digest ? DefaultAvatar.png : try await services.blobs.get(digest)
        } catch BlobFailure.invalidDigest {
            stored = nil
        } catch {
            return Self.text(.serviceUnavailable, "the picture cannot be had right now\n")
        }
        guard let picture = stored else { return Self.text(.notFound, "no such picture\n") }
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
    private func look(_ context: Context) async -> Response {
        guard let services = services.withLock({ $0 }), let token = context.parameters.get("token") else {
            return Self.page(.serviceUnavailable, pages.unavailable)
        }
        if let refused = refusal(context, services) { return refused }
        do {
            switch try await Verification(services).look(at: token) {
            case .unknown: return unknown(context, services)
            case .over: return Self.page(.gone, pages.over)
            case .good(let username, let makesAccount):
                return Self.page(.ok, pages.confirm(username: username, makesAccount: makesAccount))
            }
        } catch {
            return Self.page(.serviceUnavailable, pages.unavailable)
        }
    }

    private func use(_ context: Context) async -> Response {
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

    private func refused(_ failure: Failure, _ token: String, _ context: Context, _ services: Services) async
        -> Response
    {
        switch failure.code {
        case .usernameTaken: return Self.page(.conflict, pages.nameTaken)
        case .invalidToken, .expiredToken:
            switch try? await Verification(services).look(at: token) {
            case .unknown: return unknown(context, services)
            case .over: return Self.page(.gone, pages.over)
            case .good: return Self.page(.conflict, pages.addressTaken)
            case nil: return Self.page(.serviceUnavailable, pages.unavailable)
            }
        default: return Self.page(.serviceUnavailable, pages.unavailable)
        }
    }

    /// Guessing is limited here as it is for VERIFY.
    private func unknown(_ context: Context, _ services: Services) -> Response {
        if let network = context.address?.key(exempt: settings.exempt).network {
            services.limiters.loginFailuresByAddress.count(network, now: services.clock.now())
        }
        return Self.page(.notFound, pages.unknown)
    }

    private func refusal(_ context: Context, _ services: Services) -> Response? {
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

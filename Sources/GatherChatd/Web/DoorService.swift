import NIOCore
import ServiceLifecycle

/// A web server as a service of ours: that its address cannot be had is told in one line.
struct DoorService: Service {
    let address: HostPort
    let application: any Service

    func run() async throws {
        do { try await application.run() } catch let error as IOError {
            throw StartFailure.other("cannot listen on \(address): \(error.words)")
        }
    }
}

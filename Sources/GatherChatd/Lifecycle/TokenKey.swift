import Commands
import Persistence

/// The key that signs tokens: it lives in the store, so that restarts keep it and all daemons share it.
enum TokenKey {
    /// - Throws: `StoreFailure`; `StartFailure` where what is stored is no key.
    static func signer(from store: any Store) async throws -> SignedToken.Signer {
        let made = try SignedToken.Signer.newKey(from: SystemRandom())
        let key = try await store.write(origin: nil) { try $0.firstSetting("token key", made) }
        guard let signer = SignedToken.Signer(key: key) else {
            throw StartFailure.other("the key that signs tokens is damaged")
        }
        return signer
    }
}

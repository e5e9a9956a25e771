internal import CLibCrypto

/// The cost of scrypt (RFC 7914): time and memory grow with N = 2^`costExponent` and r, time with p.
public struct ScryptCost: Sendable, Equatable {
    public let costExponent: Int
    public let blockSize: Int
    public let parallelism: Int

    /// N = 2^15, r = 8, p = 3: 32 MiB and about a tenth of a second of one core.
    public static let standard = ScryptCost(known: 15, blockSize: 8, parallelism: 3)

    /// Memory that libcrypto may take unless the cost needs more; its own default, 32 MiB, refuses `standard`.
    private static let leastMemory = 64 << 20
    /// Above this a stored cost is taken for damage, not for a wish.
    private static let mostMemory = 1 << 30

    /// - Returns: `nil` for values outside RFC 7914 or above 1 GiB or sixteen lanes.
    public init?(costExponent: Int, blockSize: Int, parallelism: Int) {
        guard (1...24).contains(costExponent), (1...64).contains(blockSize), (1...16).contains(parallelism) else {
            return nil
        }
        self.init(known: costExponent, blockSize: blockSize, parallelism: parallelism)
        guard memory <= Self.mostMemory else { return nil }
    }

    private init(known costExponent: Int, blockSize: Int, parallelism: Int) {
        self.costExponent = costExponent
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Bytes: 128·r for each of N blocks, p lanes and two blocks of scratch.
    private var memory: Int { 128 * blockSize * ((1 << costExponent) + parallelism + 2) }

    var allowedMemory: UInt64 { UInt64(max(Self.leastMemory, memory + (1 << 20))) }
    var rounds: UInt64 { 1 << UInt64(costExponent) }
}

/// Turns passwords into what the store keeps, and compares them with it.
///
/// A hash carries its own cost in the PHC string format, so that the cost can be raised and old ones are still read:
/// `$scrypt$ln=15,r=8,p=3$<salt>$<key>`, salt 16 and key 32 bytes in unpadded base64.
///
/// Each call takes about a tenth of a second of the calling thread and 32 MiB: call it on threads kept for it.
public struct PasswordHasher: Sendable {
    public enum Failure: Error, Equatable {
        /// No memory or no randomness: nothing is known about the password.
        case unavailable
        /// The stored text is no hash of ours.
        case damagedHash
    }

    private static let saltLength = 16
    private static let keyLength = 32

    private let cost: ScryptCost
    private let random: any RandomSource

    /// - Parameter cost: Of new hashes.
    public init(cost: ScryptCost = .standard, random: any RandomSource = SystemRandom()) {
        self.cost = cost
        self.random = random
    }

    /// A hash for the store, with a salt of its own.
    public func hash(_ password: String) throws(Failure) -> String {
        let salt: [UInt8]
        do { salt = try random.bytes(Self.saltLength) } catch { throw .unavailable }
        let key = try Self.derive(password, salt: salt, cost: cost, length: Self.keyLength)
        return StoredHash(cost: cost, salt: salt, key: key).text
    }

    /// Whether this is the password of the hash.
    ///
    /// - Parameter stored: `nil` where there is no such account: that takes as long as a wrong password.
    /// - Throws: `Failure`, which says nothing about the password: never an INVALID_CREDENTIALS.
    public func verify(_ password: String, against stored: String?) throws(Failure) -> Bool {
        guard let stored else {
            try verifyNobody(password)
            return false
        }
        guard let hash = StoredHash(stored) else { throw .damagedHash }
        let key = try Self.derive(password, salt: hash.salt, cost: hash.cost, length: hash.key.count)
        return ConstantTime.equal(key, hash.key)
    }

    /// Spends the time of a `verify` where there is nothing to compare with.
    public func verifyNobody(_ password: String) throws(Failure) {
        let salt = [UInt8](repeating: 0, count: Self.saltLength)
        let key = try Self.derive(password, salt: salt, cost: cost, length: Self.keyLength)
        _ = ConstantTime.equal(key, key)
    }

    /// Whether the hash was made at another cost than today's: make it anew once the password is known to be right.
    public func needsRehash(_ stored: String) -> Bool {
        StoredHash(stored)?.cost != cost
    }

    private static func derive(
        _ password: String, salt: [UInt8], cost: ScryptCost, length: Int
    ) throws(Failure) -> [UInt8] {
        var password = password
        var key = [UInt8](repeating: 0, count: length)
        let done = password.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                EVP_PBE_scrypt(
                    bytes.baseAddress, bytes.count, salt, salt.count, cost.rounds, UInt64(cost.blockSize),
                    UInt64(cost.parallelism), cost.allowedMemory, &key, length)
            }
        }
        guard done == 1 else {
            ERR_clear_error()
            throw .unavailable
        }
        return key
    }
}

/// The text of a password hash, taken apart.
private struct StoredHash {
    let cost: ScryptCost
    let salt: [UInt8]
    let key: [UInt8]

    init(cost: ScryptCost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Strict: a damaged hash must not become one that a shorter key matches.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = Self.cost(parts[2]),
            let salt = Base64.decode(parts[3], .unpadded), (8...64).contains(salt.count),
            let key = Base64.decode(parts[4], .unpadded), (32...64).contains(key.count)
        else { return nil }
        self.init(cost: cost, salt: salt, key: key)
    }

    var text: String {
        "$scrypt$ln=\(cost.costExponent),r=\(cost.blockSize),p=\(cost.parallelism)"
            + "$\(Base64.encode(salt, .unpadded))$\(Base64.encode(key, .unpadded))"
    }

    private static func cost(_ text: Substring) -> ScryptCost? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3, let exponent = number(fields[0], after: "ln="),
            let blockSize = number(fields[1], after: "r="), let parallelism = number(fields[2], after: "p=")
        else { return nil }
        return ScryptCost(costExponent: exponent, blockSize: blockSize, parallelism: parallelism)
    }

    private static func number(_ field: Substring, after name: String) -> Int? {
        guard field.hasPrefix(name) else { return nil }
        let digits = field.dropFirst(name.count)
        guard digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Int(digits)
    }
}

// A password, hashed by scrypt, in the PHC string format:
//
//     $scrypt$ln=17,r=8,p=1$<salt>$<hash>        salt and hash in base64 without padding
//
// The parser takes exactly this spelling (no leading zeros, no other order, salt 8–64 bytes, hash 16–64 bytes) and only
// parameters within the bounds of `ScryptParameters`. Passwords are hashed as received: no trimming, no normalising.
// A NUL is refused: scrypt begins with HMAC, which fills its key with zeros, so "secret\0" would verify as "secret".
// Hashing blocks the thread; services go through `PasswordHasher`.

package enum PasswordHashError: Error, Equatable {
    /// Not a PHC string of scrypt, or not in its one spelling.
    case malformed
    /// Well-formed, but costlier or cheaper than any sensible hash.
    case parametersOutOfBounds
    /// The password to hash has a NUL in it.
    case passwordContainsNUL
    /// The memory for one hash could not be had.
    case outOfMemory
    /// No randomness for the salt.
    case noEntropy
}

package struct PasswordHash: Sendable, Equatable {
    package static let saltByteCount = 16
    package static let hashByteCount = 32

    package let parameters: ScryptParameters
    let salt: [UInt8]
    let hash: [UInt8]

    /// Hashes `password` with a fresh salt. Blocks.
    package init(hashing password: String, parameters: ScryptParameters = .recommended) throws(PasswordHashError) {
        guard !Self.containsNUL(password) else { throw .passwordContainsNUL }
        self.parameters = parameters
        self.salt = try Self.randomBytes(Self.saltByteCount)
        self.hash = try Self.derive(password, salt: salt, parameters: parameters, byteCount: Self.hashByteCount)
    }

    /// A hash that no password matches, as costly to verify as a real one with these parameters.
    package static func unmatchable(parameters: ScryptParameters) throws(PasswordHashError) -> PasswordHash {
        PasswordHash(
            parameters: parameters,
            salt: try randomBytes(saltByteCount),
            hash: try randomBytes(hashByteCount)
        )
    }

    /// Whether `password` is the hashed one. Blocks; compares in constant time.
    package func verify(_ password: String) throws(PasswordHashError) -> Bool {
        let candidate = try Self.derive(password, salt: salt, parameters: parameters, byteCount: hash.count)
        return constantTimeEquals(candidate, hash) && !Self.containsNUL(password)
    }

    /// Whether this hash was made with other parameters or lengths than hashes are made with now.
    package func needsRehash(current: ScryptParameters) -> Bool {
        parameters != current || salt.count != Self.saltByteCount || hash.count != Self.hashByteCount
    }

    init(parameters: ScryptParameters, salt: [UInt8], hash: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
        self.hash = hash
    }

    private static func derive(
        _ password: String,
        salt: [UInt8],
        parameters: ScryptParameters,
        byteCount: Int
    ) throws(PasswordHashError) -> [UInt8] {
        let bytes = Array(password.utf8)
        guard let key = Scrypt.derive(password: bytes, salt: salt, parameters: parameters, byteCount: byteCount) else {
            throw .outOfMemory
        }
        return key
    }

    private static func containsNUL(_ password: String) -> Bool {
        password.utf8.contains(0)
    }

    private static func randomBytes(_ count: Int) throws(PasswordHashError) -> [UInt8] {
        do { return try Random.bytes(count) } catch { throw .noEntropy }
    }
}

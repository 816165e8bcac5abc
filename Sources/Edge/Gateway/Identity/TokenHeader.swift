// The header of a JSON Web Token, as far as it may say anything: which algorithm, which key, what kind of token.
//
// A closed list: the one algorithm asked for, or nothing. A header that brings its own key (`jwk`, `jku`, `x5u`, `x5c`) or asks for extensions (`crit`) is refused.

internal import Bus

struct TokenHeader: Equatable {
    let keyID: String

    private static let types: Set = ["jwt", "at+jwt"]
    private static let refused: Set = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"]

    /// Nil for a header that is not one of ours.
    init?(_ bytes: [UInt8], algorithm: String) {
        guard case .object(let fields)? = try? JSONReader.read(bytes), Self.refused.isDisjoint(with: fields.keys),
            fields["alg"] == .string(algorithm), case .string(let keyID)? = fields["kid"], !keyID.isEmpty,
            keyID.utf8.count <= 256
        else { return nil }
        guard case .string(let type)? = fields["typ"], Self.types.contains(type.lowercased()) else { return nil }
        self.keyID = keyID
    }
}

// What a token is held against: who must have issued it, for whom, how it must be signed, and how far a clock may be ahead.
//
// A verdict on a token is a verdict under these. What is remembered of one is never used under others.

struct TokenSettings: Hashable, Sendable {
    let issuer: String
    let audience: String
    /// The one that is accepted (RFC 8725 §3.1).
    var algorithm = "EdDSA"
    /// Seconds that the clock of whoever issued a token may be ahead of ours. Expiry gets no such grace.
    var leeway = 60
    /// Seconds from `iat` to `exp`: what the issuer gives at most.
    var longestLife = 15 * 60
}

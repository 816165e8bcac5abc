// How often a password was tried for one account from one lane. The id names both; there need be no such account.

package struct AttemptCount: ExpiringRecord {
    package static let table = "attempt"
    package let id: String
    /// Attempts since the last success.
    package var count: Int
    /// No attempt is evaluated before this.
    package var opensAt: Timestamp
    /// When the count is forgotten.
    package var expiresAt: Timestamp?
}

// An answer that was given to a request with an Idempotency-Key, sealed (`ReceiptBook`).

package import Foundation

package struct KeptReceipt: ExpiringRecord {
    package static let table = "receipt"
    package let id: String
    package let sealed: Data
    package var expiresAt: Timestamp?
}

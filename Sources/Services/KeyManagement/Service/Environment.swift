// What every part of the service works with; handed in, so that a test decides what time it is and what is random.

import Foundation
import Leases
import Receipts
import Secrets

struct Environment: Sendable {
    let configuration: KeyManagementConfiguration
    /// What it is written to returns when no gateway holds a verdict any more that is not true now.
    let store: any KeyManagementStore
    let leases: Leases
    let keyring: Keyring
    let hasher: PasswordHasher
    /// What time it is.
    let now: @Sendable () -> Timestamp
    /// An unguessable text of letters, digits, `-` and `_`: at least 128 bits, never the same twice.
    let token: @Sendable () throws -> String

    /// An API key is its administrator's, in whatever session.
    var receipts: ReceiptBook { ReceiptBook(keyring, service: "kms", isBoundToSession: false) }

    /// The name under which a random token is stored: whoever reads the table cannot use it.
    static func digest(_ token: String) -> String { Hex.encode(SHA256.hash(Array(token.utf8))) }

    func seal(_ secret: some Sequence<UInt8>, for record: String, _ id: String) throws -> Data {
        Data(try keyring.seal(Array(secret), purpose: "kms.\(record)", boundTo: [record, id]))
    }

    func open(_ sealed: Data, of record: String, _ id: String) throws -> [UInt8] {
        try keyring.open(Array(sealed), purpose: "kms.\(record)", boundTo: [record, id])
    }
}

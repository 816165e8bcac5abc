// A key of Typesense for the searches of one principal, derived and known to nobody but who derives it and who checks it.
//
//     parameters    {"expires_at":1764273600,"fountain_principal":"9f86…","limit_multi_searches":1}
//     key           base64(base64(HMAC-SHA256(parent, parameters)) · the parent's first four letters · parameters)
//
// The parent may search and nothing else, or Typesense refuses what is derived from it. The same principal has the same key for ten minutes, so
// that Typesense's own log and rate limits tell principals apart, and never learn who they are. Pure: the time is passed in.

import Bus
import Foundation
import Secrets

struct ScopedSearchKey {
    /// How long a key is given out, in seconds; it is good for as long again.
    private static let span = 600

    let text: String

    /// The key of a principal, or of a peer that asks for itself; `seconds` since 1970.
    init(parent: String, _ principal: Principal?, at seconds: Int) {
        let name = principal.map { "\($0.kind.rawValue) \($0.subject)" } ?? ""
        let expiry = (seconds / Self.span + 2) * Self.span
        let parameters =
            #"{"expires_at":\#(expiry),"fountain_principal":"\#(TypesenseDocument.digest(name))","limit_multi_searches":1}"#
        let code = HMAC.authenticate(.sha256, key: Array(parent.utf8), message: Array(parameters.utf8))
        let signed = Data(code).base64EncodedString() + parent.prefix(4) + parameters
        text = Data(signed.utf8).base64EncodedString()
    }
}

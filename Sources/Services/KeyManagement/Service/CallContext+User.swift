// What handlers ask of a call's principal beyond its declared access.

import Bus
import Contracts

extension CallContext {
    /// The principal, where it is a person: API keys have no session, no password and no second factor.
    func requireUser() throws(Failure) -> Principal {
        let principal = try requirePrincipal()
        guard principal.kind == .user else { throw Failure(.forbidden, "This is for users, not for API keys.") }
        return principal
    }
}

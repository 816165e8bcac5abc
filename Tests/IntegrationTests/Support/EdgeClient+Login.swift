// The first steps of every client.

import Bus
import Ecosystem
import EcosystemTesting

extension EdgeClient {
    /// A client with the token of an account, which is registered where it is not there yet.
    func loggedIn(as username: String) async throws -> EdgeClient {
        let account: JSONValue = ["username": .string(username), "password": "correct horse battery"]
        let registered = try await post("/kms/register", account)
        if registered.status != 409 { try registered.require(201) }
        let login = try await post("/kms/login", account)
        try login.require(200)
        return with(token: login["access_token"].string ?? "")
    }
}

// Who sends a load, and what the file of it says.

import Bus
import Foundation
import HTTPClient

extension EdgeClient {
    /// A client with the token of this user, who is registered first where nobody knows him.
    ///
    /// - Throws: `Failure` where the password is not his.
    package static func loader(_ origin: String, _ user: String, _ password: String) async throws -> EdgeClient {
        let edge = EdgeClient(origin: origin, http: HTTPClient())
        let account: JSONValue = ["username": .string(user), "password": .string(password)]
        // An account that is there already answers 409, which is as good.
        _ = try await edge.post("/kms/register", account)
        let login = try await edge.post("/kms/login", account)
        guard let token = login["access_token"].string else {
            throw Failure(.unauthenticated, "\(user) cannot log in: \(login["detail"].string ?? login.text)")
        }
        return edge.with(token: token)
    }
}

extension LoadRequests {
    /// - Throws: `Failure` where the file cannot be read.
    package init(file: String) throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Failure(.notFound, "The file \(file) cannot be read.")
        }
        self = .lines(text.utf8.split { $0 == 0x0A || $0 == 0x0D }.map { Array($0) })
    }
}

// What the store holds, checked by an implementation that nobody here wrote: Python's scrypt.

import Contracts
import Foundation
import Processes
import Testing

@testable import KeyManagement

@Suite struct InteroperationTests {
    /// Reads a PHC string and a password, and leaves with 0 where they match.
    private static let verify = """
        import base64, hashlib, sys
        phc, password = sys.argv[1], sys.argv[2]
        _, name, parameters, salt, key = phc.split("$")
        cost = dict(pair.split("=") for pair in parameters.split(","))
        decode = lambda text: base64.b64decode(text + "=" * (-len(text) % 4))
        found = hashlib.scrypt(password.encode(), salt=decode(salt), n=2 ** int(cost["ln"]), r=int(cost["r"]),
                               p=int(cost["p"]), dklen=len(decode(key)), maxmem=1 << 28)
        sys.exit(0 if name == "scrypt" and found == decode(key) else 1)
        """

    @Test(.timeLimit(.minutes(1)), arguments: ["correct horse", "пароль с пробелами"])
    func `Python's scrypt verifies a stored password`(password: String) async throws {
        let kms = try TestKMS()
        try await kms.register("ada", password)
        let account = try #require(try await kms.store.read { try $0.find(Account.self, "ada") })
        #expect(try python(Self.verify, account.passwordHash, password) == 0)
        #expect(try python(Self.verify, account.passwordHash, password + " ") == 1)
    }

    private func python(_ program: String, _ arguments: String...) throws -> Int32 {
        try Child("/usr/bin/python3", ["-c", program] + arguments).wait()
    }
}

// Who may call an operation: each access against each kind of caller, and what a key's scopes let through. No bus is in it.

import Foundation
import Testing

@testable import Bus

@Suite struct AccessTests {
    static let peer: Principal? = nil
    static let user = Principal(kind: .user, subject: "ada", roles: ["user"])
    static let nobody = Principal(kind: .user, subject: "eve", roles: [])
    static let admin = Principal(kind: .user, subject: "root", roles: ["user", "admin"])
    static func key(_ scopes: [String]) -> Principal {
        Principal(kind: .apiKey, subject: "job", roles: ["user", "admin"], scopes: scopes)
    }

    @Test(arguments: [
        (Access.public, peer, true), (.public, user, true), (.public, nobody, true), (.public, key([]), true),
        (.user, peer, true), (.user, user, true), (.user, nobody, true),
        (.role("admin"), peer, true), (.role("admin"), admin, true), (.role("admin"), user, false),
        (.role("admin"), nobody, false), (.role(""), user, false), (.role("Admin"), admin, false),
        (.peer, peer, true), (.peer, user, false), (.peer, admin, false), (.peer, key(["kms.keys.rotate"]), false),
    ])
    func `who may call is decided by access and roles`(access: Access, principal: Principal?, isAllowed: Bool) {
        #expect(Self.code(access, principal) == (isAllowed ? nil : .forbidden))
    }

    @Test(arguments: [
        (["kms.keys.rotate"], true), (["kms.*"], true), (["kms.keys.*"], true), (["other.*", "kms.keys.rotate"], true),
        ([], false), (["kms.keys"], false), (["kms.keys.rotate.*"], false), (["km.*"], false), (["*"], false),
        ([".*"], false), (["kms*"], false), ([""], false), (["KMS.*"], false), (["kms.keys.rotated"], false),
    ])
    func `a key with scopes may call only what they name`(scopes: [String], isAllowed: Bool) {
        for access in [Access.user, .role("admin")] {
            #expect(Self.code(access, Self.key(scopes)) == (isAllowed ? nil : .forbidden))
        }
    }

    @Test func `a scope gives no role`() {
        let key = Principal(kind: .apiKey, subject: "job", roles: ["user"], scopes: ["kms.*"])
        #expect(Self.code(.role("admin"), key) == .forbidden)
    }

    @Test(arguments: [
        (Access.public, "public"), (.user, "user"), (.peer, "peer"), (.role("admin"), "role:admin"),
        (.role("a:b"), "role:a:b"),
    ])
    func `access travels as one word`(access: Access, word: String) throws {
        #expect(access.rawValue == word)
        #expect(try JSONDecoder().decode([Access].self, from: JSONEncoder().encode([access])) == [access])
        #expect(Access(rawValue: word) == access)
    }

    @Test(arguments: ["", "Public", "admin", "role", "users"])
    func `other words are nobody's access`(word: String) {
        #expect(Access(rawValue: word) == nil)
    }

    static func code(_ access: Access, _ principal: Principal?) -> ErrorCode? {
        do throws(Failure) {
            try access.check(principal, operation: "kms.keys.rotate")
            return nil
        } catch { return error.code }
    }
}

// Names, passwords and roles: which are none, what is said of them then, and what the operations' schemas make of it.

import Bus
import Contracts
import Foundation
import Testing

@Suite struct KMSValueTests {
    @Test(
        arguments: [
            "", " ada", "ada ", "a da", "ada\n", "ada\0", "аda", "ａda", "-ada", "@ada", "ada/../root", "ada'--", "ÿ",
            String(repeating: "a", count: 65),
        ]
    )
    func `a username is refused unless it is spelled strictly`(text: String) {
        #expect(KMS.Username(text) == nil)
    }

    @Test(arguments: ["a", "testadmin", "ada.lovelace", "ada+test@example.org", "0", String(repeating: "a", count: 64)])
    func `a username is taken`(text: String) {
        #expect(KMS.Username(text)?.text == text)
    }

    @Test func `letter case of a username does not count`() {
        #expect(KMS.Username("AdA") == KMS.Username("ada"))
    }

    @Test(arguments: [
        ("1234567", false), ("12345678", true), ("🔑🔑🔑🔑🔑🔑🔑", false), ("密码密码密码密码", true), ("1234567\0", false),
    ])
    func `the length of a new password is counted in characters`(text: String, isTaken: Bool) {
        #expect((KMS.NewPassword(text) != nil) == isTaken)
    }

    @Test(arguments: [(1024, true), (1025, false)])
    func `a password is bounded in bytes`(length: Int, isTaken: Bool) {
        #expect((KMS.Password(String(repeating: "a", count: length)) != nil) == isTaken)
    }

    @Test(arguments: ["Admin", "", "a b", "admin,", "ädmin", String(repeating: "a", count: 33)])
    func `what is no role name is refused`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(KMS.Roles.self, from: JSONEncoder().encode(text))
        }
    }

    @Test func `a value refuses by naming its field and its rule`() {
        let body = Array(#"{"username":"a b","password":"x"}"#.utf8)
        let failure = #expect(throws: Failure.self) { try PayloadCoding.decode(KMS.Credentials.self, from: body[...]) }
        #expect(failure?.fields == [.init("username", KMS.Username.rule)])
    }

    @Test func `passwords and keys do not print`() throws {
        let registration = KMS.Registration(
            username: try #require(KMS.Username("ada")),
            password: try #require(KMS.NewPassword("correct horse"))
        )
        #expect(!"\(registration)".contains("correct horse"))
    }

    @Test func `the schemas are derived from the types`() {
        let schema = KMS.register.description.input
        #expect(schema.required == ["username", "password"])
        #expect(schema.properties?["password"]?.minLength == 8)
        #expect(schema.properties?["roles"]?.kinds == [.string, .array, .null])
        #expect(schema.additionalProperties == false)
        #expect(KMS.createKey.description.input.required == ["service_name"])
        #expect(
            KMS.login.description.output?.required == ["access_token", "token_type", "expires_in", "refresh_token"]
        )
    }

    @Test func `a stricter topology changes the rule and nothing else`() {
        let strict = KMS.rotateKey.requiring(.always).description
        let declared = KMS.rotateKey.description
        #expect(strict.stepUp == .always && declared.stepUp == .ifEnrolled)
        #expect(strict.name == declared.name && strict.route == declared.route && strict.access == declared.access)
        #expect(
            strict.errors == declared.errors && strict.input == declared.input && strict.success == declared.success
        )
    }
}

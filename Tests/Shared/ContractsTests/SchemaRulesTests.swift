// What /openapi.json says of a value, and what its type takes: the same, at both ends of every range.

import Bus
import Contracts
import Foundation
import Testing

@Suite struct SchemaRulesTests {
    private func matches(_ text: String, _ schema: JSONSchema) throws -> Bool {
        let length = text.unicodeScalars.count
        guard length >= schema.minLength ?? 0, length <= schema.maxLength ?? .max else { return false }
        guard let pattern = schema.pattern else { return true }
        let expression = try NSRegularExpression(pattern: pattern)
        return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    private static let texts =
        [
            "", "a", "A", "0", "_a", "a_", "a.b", "a-b", "a+b", "a@b", "a b", " a", "a ", "a/b", "a`b", "a\0", "\0",
            "a\u{1f}b", "a\u{85}b", "ä",
            "日本", "😀", ".a", "a.*", "a.b.*", "*", ".*", "a*", "admin", "admin,user", "admin, user", ",", "Admin",
            "a,,b", "\u{3000}a", "a\nb",
        ]
        + [31, 32, 33, 64, 65, 100, 101, 126, 127, 128, 129, 256, 257, 1000, 1001, 1024, 1025].flatMap { count in
            ["a", "é"].map { String(repeating: $0, count: count) }
        }

    @Test(arguments: texts) func `a text is taken exactly where its schema has it`(text: String) throws {
        #expect(try matches(text, KMS.Username.schema) == (KMS.Username(text) != nil))
        #expect(try matches(text, KMS.ServiceName.schema) == (KMS.ServiceName(text) != nil))
        #expect(try matches(text, KMS.Scope.schema) == (KMS.Scope(text) != nil))
        #expect(try matches(text, KMS.Password.schema) == (KMS.Password(text) != nil))
        #expect(try matches(text, KMS.NewPassword.schema) == (KMS.NewPassword(text) != nil))
        #expect(try matches(text, SequenceName.schema) == (SequenceName(text) != nil))
        #expect(try matches(text, SearchText.schema) == (SearchText(text) != nil))
        let roles = try? JSONDecoder().decode(KMS.Roles.self, from: JSONEncoder().encode(text))
        #expect(try matches(text, KMS.Roles.schema) == (roles != nil))
    }

    @Test func `numbers and lists have their ends in the schema`() {
        let audit = KMS.listAudit.description.input.properties
        #expect(audit?["limit"]?.minimum == 1 && audit?["limit"]?.maximum == 1000 && audit?["after"]?.minimum == 0)
        let key = KMS.createKey.description.input.properties?["expires_in"]
        #expect(key?.minimum == 1 && key?.maximum == KMS.KeyCreation.lifetimes.upperBound)
        let reorder = SequenceOperations.reorder.description.input.properties
        #expect(reorder?["elementIds"]?.minItems == 1 && reorder?["newOrder"]?.maxItems == 10_000)
        #expect(reorder?["ifRevision"]?.minimum == 0)
    }
}

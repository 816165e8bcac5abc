// A filter as Typesense takes it: as short as it can be said, and refused where it is too long.

import Bus
import Testing

@testable import TypesenseClient

@Suite struct TypesenseFilterTests {
    private static let (one, two, three) = (
        TypesenseFilter.clause("a:1"), TypesenseFilter.clause("b:2"), TypesenseFilter.clause("c:3")
    )

    private static let texts: [(filter: TypesenseFilter, text: String)] = [
        (one, "a:1"), (.all([.any([one])]), "a:1"), (.all([one, .all([two, three])]), "a:1 && b:2 && c:3"),
        (.any([one, .any([two, .any([three])])]), "a:1 || b:2 || c:3"),
        (.any([.all([one, two]), three]), "(a:1 && b:2) || c:3"),
        (.all([.any([one, two]), .all([three, .all([])])]), "(a:1 || b:2) && c:3"),
        (.numbers("n", [1...3, 7...7]), "n:[1..3,7..7]"), (.numbers("n", []), "n:[1..0]"),
        (.outside([7...9, 1...3], "n"), "n:[-9223372036854775808..0,4..6,10..9223372036854775807]"),
        (.outside([1...5, 2...3], "n"), "n:[-9223372036854775808..0,6..9223372036854775807]"),
        (.outside([.min...1, 2 ... .max], "n"), "n:[1..0]"),
        (.outside([], "n"), "n:[-9223372036854775808..9223372036854775807]"),
        (TypesenseFilter(oneOf: ["x", "y"], in: ["f", "g"]), "f:[x,y] || g:[x,y]"),
    ]

    @Test(arguments: texts) func `it has no parenthesis that means nothing`(
        row: (filter: TypesenseFilter, text: String)
    ) throws {
        #expect(try TypesenseFilter.text(of: [row.filter]) == row.text)
    }

    @Test func `several are joined, and none are nothing`() throws {
        #expect(try TypesenseFilter.text(of: []) == "")
        #expect(try TypesenseFilter.text(of: [.any([Self.one, Self.two]), Self.three]) == "(a:1 || b:2) && c:3")
    }

    /// 50 conditions have 49 signs between them.
    @Test func `what is too much is told by its size`() throws {
        let most = [TypesenseFilter](repeating: Self.one, count: 50)
        #expect(try TypesenseFilter.text(of: most).utf8.count == 50 * 3 + 49 * 4)
        let pairs = [TypesenseFilter](repeating: .any([Self.one, Self.two]), count: 17)
        for (filters, size) in [(most + [Self.two], 101), (pairs, 101)] {
            let failure = #expect(throws: Failure.self) { try TypesenseFilter.text(of: filters) }
            #expect(failure?.code == .invalidRequest)
            #expect(failure?.fields?.first?.problem.hasPrefix("is \(size) conditions") == true)
        }
    }
}

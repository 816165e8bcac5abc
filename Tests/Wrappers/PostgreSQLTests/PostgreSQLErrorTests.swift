// What each SQLSTATE says of what can be done about it. No server is asked.

import Testing

@testable import PostgreSQL

@Suite struct PostgreSQLErrorTests {
    private static let kinds: [(String?, PostgreSQLError.Kind)] = [
        (nil, .lost), ("", .lost), ("08006", .lost), ("57P01", .lost), ("57P03", .lost), ("25006", .lost),
        ("40001", .again), ("40P01", .again), ("55P03", .busy), ("53300", .busy), ("53100", .full),
        ("23505", .constraint), ("23503", .constraint), ("26000", .stale), ("0A000", .other), ("57014", .late),
        ("25P02", .aborted), ("28P01", .refused), ("42501", .refused), ("22021", .other), ("42P01", .other),
    ]

    @Test(arguments: kinds) func `an SQLSTATE says what can be done`(state: String?, kind: PostgreSQLError.Kind) {
        #expect(PostgreSQLError(state: state, message: "m", constraint: nil).kind == kind)
    }

    @Test func `a plan that has changed under a statement is made anew`() {
        let message = "cached plan must not change result type"
        #expect(PostgreSQLError(state: "0A000", message: message, constraint: nil).kind == .stale)
    }
}

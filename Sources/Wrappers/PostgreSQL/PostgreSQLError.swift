// What PostgreSQL says when it cannot, sorted by what its caller can do about it. The text is the server's own: for logs, not for callers of a
// service.
//
//     no SQLSTATE, 08, 57P01–03, 25006   lost: another connection, perhaps to another host
//     40001, 40P01                       again: the whole transaction
//     55P03, 53                          busy
//     23                                 constraint; 23505 by name: which one
//     26000, 0A000 of a cached plan      stale: prepare anew
//     57014                              late
//     25P02                              aborted: something before it failed
//     others                             our bug

internal import CPostgreSQL

package struct PostgreSQLError: Error, Equatable {
    package enum Kind: Sendable {
        case lost, again, busy, constraint, stale, late, aborted, refused, full, other
    }

    package let kind: Kind
    /// Five letters; none where the connection ended.
    package let state: String?
    package let message: String
    /// The constraint that was broken, where one was.
    package let constraint: String?

    package init(_ kind: Kind, _ message: String, state: String? = nil, constraint: String? = nil) {
        (self.kind, self.message, self.state, self.constraint) = (kind, message, state, constraint)
    }

    init(state: String?, message: String, constraint: String?) {
        self.init(Self.kind(state, message), message, state: state, constraint: constraint)
    }

    private static func kind(_ state: String?, _ message: String) -> Kind {
        guard let state, state.utf8.count == 5 else { return .lost }
        switch state {
        case "57P01", "57P02", "57P03", "57P04", "25006", "25P03": return .lost
        case "40001", "40P01": return .again
        case "26000": return .stale
        case "0A000" where message.utf8.elementsEqual("cached plan must not change result type".utf8): return .stale
        case "55P03": return .busy
        case "57014": return .late
        case "25P02": return .aborted
        case "53100": return .full
        case "42501": return .refused
        default: break
        }
        let families: [(String, Kind)] = [("08", .lost), ("23", .constraint), ("28", .refused), ("53", .busy)]
        return families.first { state.utf8.starts(with: $0.0.utf8) }?.1 ?? .other
    }
}

// What a check says of a run. A run in which nothing happened is neither right nor wrong.

/// What a check says of a run.
public enum Verdict: Sendable, Equatable {
    /// The history is one that a right system gives.
    case right
    /// It is not; each text says what cannot be.
    case wrong([String])
    /// Nothing is wrong, and too little happened to say that it is right.
    case inconclusive([String])

    /// Right where nothing was found.
    public init(_ findings: [String]) { self = findings.isEmpty ? .right : .wrong(findings) }

    /// True where something cannot be.
    public var isWrong: Bool {
        guard case .wrong = self else { return false }
        return true
    }

    /// As `init(_:)`, but inconclusive where nothing was found because nothing was there.
    ///
    /// - Parameters:
    ///   - findings: What cannot be.
    ///   - count: How much was judged.
    ///   - what: One of that, for people: `write`.
    init(_ findings: [String], judged count: Int, _ what: String) {
        self = findings.isEmpty && count == 0 ? .inconclusive(["there was no \(what) to judge"]) : Verdict(findings)
    }

    /// Of several checks of one run: wrong where one is; else inconclusive where one is.
    public static func all(_ verdicts: [Verdict]) -> Verdict {
        var (wrong, open): ([String], [String]) = ([], [])
        for verdict in verdicts {
            switch verdict {
            case .right: continue
            case .wrong(let findings): wrong += findings
            case .inconclusive(let reasons): open += reasons
            }
        }
        guard wrong.isEmpty else { return .wrong(wrong) }
        return open.isEmpty ? .right : .inconclusive(open)
    }
}

extension Verdict: CustomStringConvertible {
    /// The first ten findings, a line each, and how many more there are.
    public var description: String {
        switch self {
        case .right: "right"
        case .wrong(let findings): Self.lines("wrong", findings)
        case .inconclusive(let reasons): Self.lines("inconclusive", reasons)
        }
    }

    private static func lines(_ head: String, _ texts: [String]) -> String {
        let more = texts.count > 10 ? ["… and \(texts.count - 10) more"] : []
        return ([head] + texts.prefix(10).map { "- \($0)" } + more).joined(separator: "\n")
    }
}

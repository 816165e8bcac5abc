// A filter as Typesense 0.24 takes it:
//
//     (a:[1..3,7..9] && b:=[x,y]) || c:>4      && and || never stand beside each other: what it makes of that is not what others do
//
// It takes so many conditions, signs and parentheses and answers anything above with "not valid", but a list may be long: so there is one list
// instead of many conditions, and no parenthesis that means nothing. What is too much all the same is the caller's to make smaller.

import Bus

indirect enum TypesenseFilter {
    case clause(String)
    case all([TypesenseFilter])
    case any([TypesenseFilter])

    /// Conditions, signs and parentheses: 0.24.1 takes 50 conditions with the 49 signs between them and not 51, tried out.
    static let most = 99

    /// All of them as one text, empty where there are none.
    ///
    /// - Throws: `Failure` with `invalid_request` about `filter_by` where Typesense does not take it.
    static func text(of filters: [TypesenseFilter]) throws(Failure) -> String {
        let whole = TypesenseFilter.all(filters).plain
        guard whole.size <= most else {
            let size = "\(whole.size) conditions, signs and parentheses"
            throw .invalid(
                "filter_by",
                "is \(size) for the search engine, which takes \(most); name a sequence, or less"
            )
        }
        return whole.text
    }

    /// One of the words in one of the fields. A question has no "or" in Typesense, a filter has.
    init(oneOf words: [String], in fields: [String]) {
        self = .any(fields.map { .clause("\($0):[\(words.joined(separator: ","))]") })
    }

    // MARK: Numbers

    /// A number in one of the ranges.
    static func numbers(_ field: String, _ ranges: [ClosedRange<Int>]) -> TypesenseFilter {
        let list = ranges.map { "\($0.lowerBound)..\($0.upperBound)" }.joined(separator: ",")
        return .clause("\(field):[\(list.isEmpty ? none : list)]")
    }

    /// A range that holds nothing; an empty list is no list for it.
    private static let none = "1..0"

    /// A number in none of them: Typesense 0.24 has no `!=` for numbers, so it is in one of those between them.
    static func outside(_ ranges: [ClosedRange<Int>], _ field: String) -> TypesenseFilter {
        numbers(field, ranges.gaps)
    }

    // MARK: Text

    /// The same without an "and" in an "and", an "or" in an "or", or either of one part.
    private var plain: TypesenseFilter {
        switch self {
        case .clause: return self
        case .all(let parts):
            let plain = parts.map(\.plain).flatMap { if case .all(let inner) = $0 { inner } else { [$0] } }
            return plain.count == 1 ? plain[0] : .all(plain)
        case .any(let parts):
            let plain = parts.map(\.plain).flatMap { if case .any(let inner) = $0 { inner } else { [$0] } }
            return plain.count == 1 ? plain[0] : .any(plain)
        }
    }

    private var parts: [TypesenseFilter] {
        switch self {
        case .clause: []
        case .all(let parts), .any(let parts): parts
        }
    }

    /// Without parentheses around it.
    private var size: Int {
        guard case .clause = self else { return parts.map(\.sizeInside).reduce(max(0, parts.count - 1), +) }
        return 1
    }

    private var sizeInside: Int { if case .clause = self { size } else { size + 2 } }

    private var text: String {
        switch self {
        case .clause(let text): text
        case .all(let parts): parts.map(\.textInside).joined(separator: " && ")
        case .any(let parts): parts.map(\.textInside).joined(separator: " || ")
        }
    }

    private var textInside: String { if case .clause = self { text } else { "(\(text))" } }
}

extension [ClosedRange<Int>] {
    /// What lies between the ranges, before the first and behind the last.
    fileprivate var gaps: [ClosedRange<Int>] {
        var (gaps, next): ([ClosedRange<Int>], Int?) = ([], .min)
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let low = next else { break }
            if low < range.lowerBound { gaps.append(low...(range.lowerBound - 1)) }
            next = range.upperBound == .max ? nil : Swift.max(low, range.upperBound + 1)
        }
        return gaps + (next.map { [$0...Int.max] } ?? [])
    }
}

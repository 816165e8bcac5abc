// The command line's words by position. `Benchmarks/run.py` writes them, so what is missing is told, not explained.

struct Words {
    enum Problem: Error, CustomStringConvertible {
        case unknownMode(String)
        case missing(position: Int)
        case notANumber(String)

        var description: String {
            switch self {
            case .unknownMode(let mode): "there is no mode \"\(mode)\""
            case .missing(let position): "word \(position + 1) is missing"
            case .notANumber(let text): "\"\(text)\" is not a number above 0"
            }
        }
    }

    private let words: [String]

    init(_ words: some Sequence<String>) { self.words = Array(words) }

    func text(_ position: Int) throws(Problem) -> String {
        guard words.indices.contains(position) else { throw .missing(position: position) }
        return words[position]
    }

    func value<Value: RawRepresentable<String>>(_ position: Int, as type: Value.Type) throws(Problem) -> Value {
        let text = try text(position)
        guard let value = Value(rawValue: text) else { throw .unknownMode(text) }
        return value
    }

    func number(_ position: Int) throws(Problem) -> Int {
        let text = try text(position)
        guard let number = Int(text), number > 0 else { throw .notANumber(text) }
        return number
    }

    func real(_ position: Int) throws(Problem) -> Double {
        let text = try text(position)
        guard let number = Double(text), number > 0 else { throw .notANumber(text) }
        return number
    }
}

// A payload that a decoder reads which is not ours, for the texts in it that are kept as they came.
//
// Such a decoder tells of a text where it stands and no more. So the payload is taken apart once, when the first text is asked for, and of each
// container on the way to the last text it is remembered where its parts begin. Texts are asked for in the order in which they stand, so that
// each container is gone through once: what that costs grows as the payload does, however many texts are in it, and whatever else.

internal import Synchronization

final class JSONSource: Sendable {
    /// A container on the way to the last text.
    private struct Step {
        let container: Int
        let parts: JSONTextRules.Parts
    }

    private struct State {
        var rules: Result<JSONTextRules, NotPlain>?
        var way: [Step] = []
        var steps = 0
    }

    private let payload: ArraySlice<UInt8>
    private let state = Mutex(State())

    init(_ payload: ArraySlice<UInt8>) { self.payload = payload }

    /// Tokens made and parts looked at so far.
    var steps: Int { state.withLock { $0.steps } }

    /// The value's bytes at a path, which stands there once.
    func text(at path: [any CodingKey]) throws -> [UInt8] {
        let found: Result<[UInt8], Refusal> = state.withLock { state in
            guard let rules = rules(&state), let index = Self.index(at: path, rules, &state) else {
                return .failure(Refusal(problem: "cannot be read"))
            }
            if let problem = rules.problem(at: index) { return .failure(Refusal(problem: problem)) }
            return .success(rules.bytes(of: index))
        }
        do { return try found.get() } catch { throw error.at(path) }
    }

    private func rules(_ state: inout State) -> JSONTextRules? {
        if state.rules == nil {
            // An answer has levels around the value; its own depth is counted from where it begins.
            state.rules = Result { () throws(NotPlain) in
                JSONTextRules(try JSONTape(payload, deepest: JSONTape.foundationsDeepest), of: payload)
            }
            state.steps += (try? state.rules?.get().count) ?? 0
        }
        return try? state.rules?.get()
    }

    private static func index(at path: [any CodingKey], _ rules: JSONTextRules, _ state: inout State) -> Int? {
        var index = 0
        for (depth, key) in path.enumerated() {
            guard let next = parts(of: index, at: depth, rules, &state)?.index(of: key) else { return nil }
            index = next
        }
        return index
    }

    private static func parts(
        of container: Int,
        at depth: Int,
        _ rules: JSONTextRules,
        _ state: inout State
    ) -> JSONTextRules.Parts? {
        if depth < state.way.count, state.way[depth].container == container { return state.way[depth].parts }
        guard let parts = rules.parts(of: container) else { return nil }
        state.way.removeSubrange(min(depth, state.way.count)...)
        state.way.append(Step(container: container, parts: parts))
        state.steps += parts.count
        return parts
    }
}

private struct Refusal: Error {
    let problem: String

    func at(_ path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path, debugDescription: problem))
    }
}

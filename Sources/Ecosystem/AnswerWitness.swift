// What a test has been answered, for when something turns out to be wrong: then it is told where the time of the last answer went.
//
//     EdgeClient ──each answer──> the newest ──something is wrong──> suspects ──> whoever can explain a trace ──> lines
//
// A test that fails knows neither trace nor ecosystem; whoever brought one up does. Real processes are explained there and then
// (`explain`), by a command; one in the test's own process at its end, while it is still there (`takeSuspects`). It decides nothing.

import Synchronization

package final class AnswerWitness: Sendable {
    /// Whoever watches the test that this task belongs to.
    @TaskLocal package static var current: AnswerWitness?

    package struct Answer: Sendable, Equatable {
        package let origin: String
        /// `POST /kms/login`
        package let request: String
        package let status: Int
        /// As `fountain explain` takes it.
        package let trace: String

        package var line: String { "\(request) was answered \(status):" }
    }

    /// The lines of a trace's story; it may take its time, but not for ever.
    package typealias Explainer = @Sendable (_ trace: String) -> [String]

    fileprivate struct State {
        var newest: [Answer] = []
        var suspects: [Answer] = []
        var explainers: [String: Explainer] = [:]
    }

    private static let most = 16
    private let state = Mutex(State())
    private let speaker: @Sendable ([String]) -> Void

    /// `speaker` gets the stories that are told after what they belong to.
    package init(_ speaker: @escaping @Sendable ([String]) -> Void) { self.speaker = speaker }

    package func say(_ lines: [String]) { speaker(lines) }

    package func note(_ answer: Answer) {
        state.withLock { $0.newest = ($0.newest + [answer]).suffix(Self.most) }
    }

    /// Who explains what an origin has answered.
    package func explain(_ origin: String, by explainer: @escaping Explainer) {
        state.withLock { $0.explainers[origin] = explainer }
    }

    /// Something is wrong: with the newest answer, or with the newest one that the ecosystem itself calls its own failure.
    ///
    /// - Returns: The stories that can be told now. Of the others `takeSuspects` knows.
    package func suspect() -> [String] {
        let (suspects, explainers) = state.withLock { ($0.takeNewest(), $0.explainers) }
        let known = suspects.compactMap { answer in explainers[answer.origin].map { (answer, $0) } }
        state.withLock { $0.suspects += suspects.filter { explainers[$0.origin] == nil } }
        return known.flatMap { answer, explainer in [answer.line] + explainer(answer.trace) }
    }

    package func takeSuspects() -> [Answer] {
        state.withLock { state in
            defer { state.suspects = [] }
            return state.suspects
        }
    }
}

extension AnswerWitness.State {
    /// Each once: a second mistake behind the same answer is the same story.
    fileprivate mutating func takeNewest() -> [AnswerWitness.Answer] {
        guard let last = newest.last else { return [] }
        defer { newest = [] }
        return newest.dropLast().filter { $0.status >= 500 }.suffix(1) + [last]
    }
}

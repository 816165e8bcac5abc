// What an answer over HTTP says of a request: done, not done, or that nobody knows.

import Bus
import EcosystemTesting
import Testing

@testable import Ecosystem

@Suite struct AnswerOutcomeTests {
    private func answer(_ status: Int, _ code: String? = nil) -> EdgeClient.Answer {
        EdgeClient.Answer(status: status, body: Array((code.map { #"{"code":"\#($0)"}"# } ?? "").utf8), headers: [])
    }

    private func told(_ answer: EdgeClient.Answer, isIdempotent: Bool) -> String {
        switch answer.outcome(isIdempotent: isIdempotent) {
        case .ok(let answer): "ok \(answer.status)"
        case .refused(let code): "refused \(code)"
        case .unknown(let code): "unknown \(code)"
        }
    }

    @Test(arguments: [
        (201, nil, "ok 201"), (204, nil, "ok 204"), (404, "not_found", "refused not_found"),
        (412, "precondition_failed", "refused precondition_failed"), (429, nil, "refused 429"),
        (499, "cancelled", "unknown cancelled"), (500, "internal", "unknown internal"), (502, nil, "unknown 502"),
        (504, "outcome_unknown", "unknown outcome_unknown"), (504, "deadline_exceeded", "unknown deadline_exceeded"),
        (503, "draining", "refused draining"), (503, "overloaded", "refused overloaded"),
    ])
    func `a status says it of every operation`(status: Int, code: String?, said: String) {
        for isIdempotent in [true, false] { #expect(told(answer(status, code), isIdempotent: isIdempotent) == said) }
    }

    /// Where doing it twice is doing it once, a call that was lost on its way is answered as one that was never sent.
    @Test(arguments: ["unavailable", nil]) func `that somebody is away says less of what may be repeated`(code: String?)
    {
        #expect(told(answer(503, code), isIdempotent: false) == "refused \(code ?? "503")")
        #expect(told(answer(503, code), isIdempotent: true) == "unknown \(code ?? "503")")
        #expect(answer(503, code).outcome().isUnknown)
    }
}

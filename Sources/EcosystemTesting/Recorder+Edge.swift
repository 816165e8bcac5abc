// REST calls in a history: what of an answer's status says that nothing was done, and what does not.

import Bus
public import Ecosystem
public import Histories

extension EdgeClient.Answer {
    /// What came of the request, as far as this says so (`docs/wire.md`, "Done, not done, unknown").
    ///
    /// 2xx is done. 499, 500, 502 and 504 may be done or not, as any end of the connection may. `unavailable` says that nothing was begun, unless the
    /// operation is idempotent: of those a call that was lost on its way says the same. Everything else is refused: nothing was done.
    ///
    /// - Parameter isIdempotent: Whether the operation is declared so; leave it where you do not know.
    /// - Returns: The answer itself where it was done, else the code that it carries.
    public func outcome(isIdempotent: Bool = true) -> Outcome<EdgeClient.Answer> {
        let code = self["code"].string ?? "\(status)"
        switch status {
        case 200..<300: return .ok(self)
        case 499, 500, 502, 504: return .unknown(code)
        case 503 where isIdempotent && !Self.unbegun.contains(code): return .unknown(code)
        default: return .refused(code)
        }
    }

    /// Whoever says so has not done it.
    private static let unbegun: Set = ["draining", "overloaded"]
}

extension Recorder {
    /// Sends a REST request once and writes down what came of it; no answer at all is unknown.
    ///
    /// - Parameters:
    ///   - operation: What is asked, for people.
    ///   - subject: What it is about; checks group by it.
    ///   - isIdempotent: Whether the operation is declared so; leave it where you do not know.
    ///   - read: Takes from an answer what the checks need.
    ///   - send: Sends the request.
    /// - Returns: What was written down.
    /// - Throws: What `read` throws.
    @discardableResult
    public func request(
        _ operation: String,
        of subject: String,
        isIdempotent: Bool = true,
        _ read: (EdgeClient.Answer) throws -> Answer,
        _ send: () async throws -> EdgeClient.Answer
    ) async throws -> Outcome<Answer> {
        try await call(operation, of: subject) {
            let answer: EdgeClient.Answer
            do { answer = try await send() } catch { return .unknown("no answer: \(error)") }
            switch answer.outcome(isIdempotent: isIdempotent) {
            case .ok(let answer): return .ok(try read(answer))
            case .refused(let code): return .refused(code)
            case .unknown(let code): return .unknown(code)
            }
        }
    }
}

// REST calls in a history: what of an answer's status says that nothing was done, and what does not.

import Bus
public import Ecosystem
public import Histories

extension EdgeClient.Answer {
    /// 2xx is done. 500, 502 and 504 may be done or not, as any end of the connection may. Everything else is refused: nothing was done.
    public var outcome: Outcome<EdgeClient.Answer> {
        let code = self["code"].string ?? "\(status)"
        switch status {
        case 200..<300: return .ok(self)
        case 500, 502, 504: return .unknown(code)
        default: return .refused(code)
        }
    }
}

extension Recorder {
    /// Sends a REST request once and writes down what came of it; no answer at all is unknown.
    ///
    /// - Parameters:
    ///   - operation: What is asked, for people.
    ///   - subject: What it is about; checks group by it.
    ///   - read: Takes from an answer what the checks need.
    ///   - send: Sends the request.
    /// - Returns: What was written down.
    /// - Throws: What `read` throws.
    @discardableResult
    public func request(
        _ operation: String,
        of subject: String,
        _ read: (EdgeClient.Answer) throws -> Answer,
        _ send: () async throws -> EdgeClient.Answer
    ) async throws -> Outcome<Answer> {
        try await call(operation, of: subject) {
            let answer: EdgeClient.Answer
            do { answer = try await send() } catch { return .unknown("no answer: \(error)") }
            switch answer.outcome {
            case .ok(let answer): return .ok(try read(answer))
            case .refused(let code): return .refused(code)
            case .unknown(let code): return .unknown(code)
            }
        }
    }
}

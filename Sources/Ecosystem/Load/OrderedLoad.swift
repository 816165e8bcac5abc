// Loads a file in its own order: portion after portion, each answered before the next is sent. What is refused is named by line and reason;
// what may have been done or not is sent again under its key, and so is a whole run that was broken off.

package import Bus
import Foundation
import HTTPClient

package struct OrderedLoad: Sendable {
    package struct Refusal: Sendable, Equatable {
        package let line: Int
        package let reason: String
    }

    package struct Report: Sendable {
        package fileprivate(set) var created = 0
        /// Of those, how many an earlier run had created.
        package fileprivate(set) var known = 0
        package fileprivate(set) var refused: [Refusal] = []
        package fileprivate(set) var seconds = 0.0
        /// Why it ended before the file did: what came before is loaded.
        package fileprivate(set) var broken: Failure?
    }

    /// A portion that is not answered, or by a gateway or service that has no time for it, is sent so often.
    private static let attempts = 6

    private let sequence: String?
    private let progress: @Sendable (Int) -> Void
    private let pause: Duration

    /// - Parameters:
    ///   - sequence: The sequence of elements that name none.
    ///   - pause: Before a portion is sent again; longer each time.
    ///   - progress: Told how many more lines are answered.
    package init(
        into sequence: String?,
        pause: Duration = .milliseconds(200),
        progress: @escaping @Sendable (Int) -> Void
    ) {
        self.sequence = sequence
        self.pause = pause
        self.progress = progress
    }

    /// Sends all portions, up to one that is refused as a whole, or never answered.
    package func send(_ file: LoadFile, _ edge: EdgeClient) async -> Report {
        let began = ContinuousClock.now
        var report = Report()
        for portion in file.portions {
            do throws(Failure) {
                report.add(try await answer(to: portion, edge), of: portion)
            } catch {
                report.broken = error
            }
            report.seconds = began.duration(to: .now) / .seconds(1)
            if report.broken != nil { break }
            progress(portion.lines.count)
        }
        return report
    }

    private func answer(to portion: LoadFile.Portion, _ edge: EdgeClient) async throws(Failure) -> EdgeClient.Answer {
        var last = "Nobody answered."
        for attempt in 1...Self.attempts {
            if attempt > 1 { try? await Task.sleep(for: pause * (1 << (attempt - 2))) }
            guard let answer = try? await send(portion, edge) else { continue }
            if answer.status == 200, !answer.isUnfinished { return answer }
            last = answer["detail"].string ?? "The answer had status \(answer.status)."
            guard answer.status == 200 || [429, 503, 504].contains(answer.status) else { break }
        }
        let (first, end) = (portion.lines[0].number, portion.lines[portion.lines.count - 1].number)
        throw Failure(
            .unavailable,
            "Lines \(first) to \(end) are not loaded: \(last) What is before them is; run it again to go on from there."
        )
    }

    private func send(_ portion: LoadFile.Portion, _ edge: EdgeClient) async throws -> EdgeClient.Answer {
        let query = sequence.flatMap { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) }
        let path = "/service_a/sequence/batch" + (query.map { "?sequenceName=\($0)" } ?? "")
        let headers = [("Content-Type", "application/x-ndjson"), ("Idempotency-Key", "\"\(portion.key)\"")]
        return try await edge.send(.post, path, portion.body, headers: headers)
    }
}

extension OrderedLoad.Report {
    fileprivate mutating func add(_ answer: EdgeClient.Answer, of portion: LoadFile.Portion) {
        let isRepeat = answer.header("Idempotency-Replayed") == "true"
        for (line, result) in zip(portion.lines, answer["results"].items) {
            if let reason = result["refused"]["detail"].string {
                refused.append(.init(line: line.number, reason: reason))
            } else {
                created += 1
                if isRepeat { known += 1 }
            }
        }
    }

    package var lines: [String] {
        let rate = Int(Double(created) / max(seconds, 0.001))
        let before = known == 0 ? "" : ", \(grouped(known)) of them by an earlier run"
        let told = refused.prefix(Self.mostTold).map { "line \($0.line): \($0.reason)" }
        let more = refused.count > told.count ? ["… and \(grouped(refused.count - told.count)) more"] : []
        let sum =
            "\(grouped(created)) created in \(String(format: "%.2f", seconds)) s: \(grouped(rate)) a second\(before)"
        return told + more + [sum] + (refused.isEmpty ? [] : ["\(grouped(refused.count)) refused"])
    }

    private static let mostTold = 100
}

extension EdgeClient.Answer {
    /// Some lines were not begun, or nobody knows: not by a fault of theirs.
    fileprivate var isUnfinished: Bool {
        json["results"].items.contains { result in
            ["unavailable", "overloaded", "deadline_exceeded", "outcome_unknown", "draining", "cancelled"]
                .contains(result["refused"]["code"].string ?? "")
        }
    }
}

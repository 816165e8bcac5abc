// A test that fails says where the time of its last answer went, by itself: `@Suite(.tags(.endToEnd), .witnessed, …)`.
//
// Of real processes the story stands with the mistake, told by `fountain explain`; of an ecosystem in this process it comes when the test's
// part of it is over. It costs nothing where nothing fails.

import Ecosystem
import Foundation
import Processes
import Testing

struct WitnessTrait: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let witness = AnswerWitness { print((["\(test.name): what it found wrong"] + $0).joined(separator: "\n")) }
        let listener = IssueHandlingTrait.compactMapIssues { issue in
            var told = issue
            let lines = witness.suspect()
            if !lines.isEmpty { told.comments.append(Comment(rawValue: lines.joined(separator: "\n"))) }
            return told
        }
        try await AnswerWitness.$current.withValue(witness) {
            try await listener.provideScope(for: test, testCase: testCase, performing: function)
        }
    }
}

extension Trait where Self == WitnessTrait {
    static var witnessed: Self { Self() }
}

extension EdgeClient {
    /// Has what processes answer explained by the command line, which is told their topology.
    func explained(by topology: String, environment: [String: String] = [:]) -> EdgeClient {
        AnswerWitness.current?.explain(origin) { trace in
            Self.story(["explain", trace, "--topology", topology], environment)
        }
        return self
    }

    /// Here and now, since whoever finds something wrong does not wait for anything; for ten seconds at most.
    private static func story(_ arguments: [String], _ environment: [String: String]) -> [String] {
        let output = Pipe()
        let child = try? Child(
            "/usr/bin/timeout",
            ["--signal=KILL", "10", Repository.fountain] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            in: Repository.root.path,
            output: .pipe(output),
            errors: .pipe(output)
        )
        guard child != nil else { return ["fountain explain does not start"] }
        let said = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: said, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

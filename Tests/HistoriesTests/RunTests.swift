// What stands around the checks: the recorder, the verdict of a run, what has to happen sometimes, and the shortest failing story.

import Histories
import Testing

private struct Surprise: Error {}

@Suite struct RunTests {
    @Test func `a recorder writes down a call before and after, and one without an answer for ever`() async throws {
        let recorder = Recorder<Int>()
        try await recorder.call("create", of: "a") { .ok(1) }
        try await recorder.call("create", of: "b") { .unknown("timeout") }
        #expect(recorder.calls.map(\.subject) == ["a", "b"])
        #expect(recorder.calls[0].invoked <= recorder.calls[0].returned)
        #expect(recorder.calls[0].returned <= recorder.calls[1].invoked)
        #expect(recorder.calls[1].returned == .max)
    }

    @Test func `an error that nobody knows ends the run`() async {
        let recorder = Recorder<Int>()
        await #expect(throws: Surprise.self) { try await recorder.call("create", of: "a") { throw Surprise() } }
        #expect(recorder.calls.isEmpty)
    }

    @Test func `one wrong is wrong, else one open is open`() {
        #expect(Verdict.all([.right, .right]) == .right)
        #expect(Verdict.all([.right, .inconclusive(["x"])]) == .inconclusive(["x"]))
        #expect(Verdict.all([.inconclusive(["x"]), .wrong(["y"]), .wrong(["z"])]) == .wrong(["y", "z"]))
    }

    @Test func `a verdict shows ten lines and says how many more there are`() {
        let text = "\(Verdict.wrong((1...12).map { "line \($0)" }))"
        #expect(text.split(separator: "\n").count == 12)
        #expect(text.hasSuffix("\n… and 2 more"))
    }

    @Test func `what happened too seldom leaves a run open`() {
        let sometimes = Sometimes(["a write beside the fault": 2])
        sometimes.happened("a write beside the fault")
        #expect(sometimes.verdict == .inconclusive([#""a write beside the fault" happened 1 times, not 2"#]))
        sometimes.happened("a write beside the fault")
        #expect(sometimes.verdict == .right)
    }

    @Test(arguments: [[3], [3, 77], [0, 99], [5, 6, 7, 50], Array(0..<100)])
    func `the shortest story that fails is what makes it fail`(cause: [Int]) async {
        let story = await shortest(of: Array(0..<100), runs: 10_000) { Set(cause).isSubset(of: $0) }
        #expect(story == cause)
    }

    @Test func `without a run left the story is as short as it got, and fails`() async {
        let story = await shortest(of: Array(0..<100), runs: 5) { $0.contains(3) && $0.contains(77) }
        #expect(story.contains(3) && story.contains(77) && story.count < 100)
    }
}

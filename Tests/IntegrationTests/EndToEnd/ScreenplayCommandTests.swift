// `fountain import`, `export` and `screenplay`, as a writer at a terminal meets them.

import Foundation
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct ScreenplayCommandTests {
    private static let play = "Title: Tram\n\nINT. TRAM - NIGHT #1#\n\nBOB\n(low)\nRain.\n\nCUT TO:\n"

    @Test func `in, in again, changed, and out`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory)
        let here = ["--topology", try RunningFountain.topology(in: directory)]
        let file = try directory.write("tram.fountain", Self.play)
        try await expect(["import", file] + here, "tram: created 6, changed 0, moved 0, deleted 0, unchanged 0 in ")
        try await expect(["import", file] + here, "tram: created 0, changed 0, moved 0, deleted 0, unchanged 6 in ")
        let changed = Self.play.replacingOccurrences(of: "Rain.", with: "Snow.")
        let draft = try directory.write("draft.fountain", changed)
        let into = ["import", draft, "--into", "tram"] + here
        try await expect(into + ["--dry-run"], "changed 1, moved 0, deleted 0, unchanged 5, if it were done")
        try await expect(["export", "tram"] + here, Self.play.trimmingCharacters(in: .newlines))
        try await expect(into, "changed 1, moved 0, deleted 0, unchanged 5 in ")
        let out = "\(directory.path)/out.fountain"
        try await expect(["export", "tram", out] + here, "")
        #expect(try String(contentsOfFile: out, encoding: .utf8) == changed)
        try await refusals(here, directory)
        _ = fountain
    }

    private func expect(_ arguments: [String], _ said: String) async throws {
        let done = try await Command.run(arguments)
        #expect(done.code == 0 && (done.output == said || !said.isEmpty && done.output.contains(said)), "\(done)")
        // Nobody looks at a terminal: no bar that is drawn over.
        #expect(!done.complaint.contains("\r") && !done.complaint.contains("["), "\(done)")
    }

    private func refusals(_ here: [String], _ directory: TemporaryDirectory) async throws {
        let unknown = try await Command.run(["export", "metro"] + here)
        #expect(unknown.code == 1 && unknown.complaint.contains("\"tram\""), "\(unknown)")
        let edited = #"{"sequenceName":"tram","elementType":"action","elementId":1,"comment":"loud"}"#
        #expect(try await Command.run(["call", "service_a.sequence.version", edited] + here).code == 0)
        let file = try directory.write("tram.fountain", Self.play.replacingOccurrences(of: "(low)", with: "(lower)"))
        let refused = try await Command.run(["import", file] + here)
        #expect(
            refused.code == 1 && refused.complaint.contains("action 1") && refused.complaint.contains("--force"),
            "\(refused)"
        )
        try await expect(["import", file, "--force"] + here, "changed 2, ")
    }

    @Test func `what cannot be read is refused with what to do`() async throws {
        let directory = try TemporaryDirectory()
        let topology = ["--topology", try RunningFountain.topology(in: directory)]
        try Data([0x61, 0xFF]).write(to: URL(filePath: "\(directory.path)/latin.fountain"))
        let cases = [
            (["\(directory.path)/none.fountain"], "there is no such file"), ([directory.path], "it is a directory"),
            (["\(directory.path)/latin.fountain"], "byte 1"),
            ([try directory.write("a.fountain", "Hi.\n"), "--max-bytes", "2"], "--max-bytes"),
            ([try directory.write("action.fountain", "Hi.\n")], "--into"),
            ([try directory.write("b.fountain", "\n \n")], "has nothing in it"),
        ]
        for (arguments, reason) in cases {
            let refused = try await Command.run(["import"] + arguments + topology)
            #expect(refused.code == 1 && refused.complaint.contains(reason), "\(refused)")
        }
    }

    @Test func `a file is shown as it is read, without an ecosystem`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("tram.fountain", Self.play)
        let shown = try await Command.run(["screenplay", file])
        #expect(shown.code == 0 && shown.lines.contains("     3  sceneHeading  INT. TRAM - NIGHT"), "\(shown)")
        let json = try await Command.run(["screenplay", file, "--json"])
        #expect(json.lines.count == 6 && json.output.contains(#""kind":"transition""#), "\(json)")
    }
}

// Between the ecosystem and its Typesense: an HTTP relay on a socket of its own (`scripts/hosts/moody.py`) that behaves as servers do on bad days.

import Processes

final class MoodyTypesense: Sendable {
    enum Mood: String, CaseIterable, Sendable {
        /// As if it were not there.
        case well
        /// Each answer comes 300 ms late.
        case slow
        /// Takes requests and never answers.
        case silent
        /// Begins to answer, and stops in the middle.
        case half
        /// 503 to everything, as a node says that lags behind its cluster.
        case lagging
        /// Does what was asked, and resets the connection instead of answering.
        case torn
    }

    let url: String
    private let file: String
    private let directory: TemporaryDirectory
    private let process: ChildProcess

    init(before typesense: RunningTypesense, in directory: TemporaryDirectory) async throws {
        self.directory = directory
        let port = try FreePorts.take(1)[0]
        url = "http://127.0.0.1:\(port)"
        file = try directory.write("mood", Mood.well.rawValue)
        process = try ChildProcess(
            ["/usr/bin/python3", Repository.path("scripts/hosts/moody.py"), "\(port)", typesense.url, file],
            log: "\(directory.path)/moody.log"
        )
        try await process.lines(upTo: "ready")
    }

    /// From the next request on; those that were taken before stay as they are.
    func become(_ mood: Mood) throws { _ = try directory.write("mood", mood.rawValue) }
}

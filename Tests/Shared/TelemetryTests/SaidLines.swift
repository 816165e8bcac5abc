// Keeps what is logged, a line each.

import Logging
import Synchronization

final class SaidLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }

    var logger: Logger { Logger(label: "test") { _ in Handler(said: self) } }

    private struct Handler: LogHandler {
        let said: SaidLines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            said.lines.withLock { $0.append(([event.message.description] + fields).joined(separator: " ")) }
        }
    }
}

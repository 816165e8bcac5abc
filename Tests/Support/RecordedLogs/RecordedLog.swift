// Keeps what is logged, so that a test can say what must be in it and what must not: a line each, the message and its fields by name.

package import Logging
internal import Synchronization

package final class RecordedLog: Sendable {
    private let kept = Mutex<[String]>([])

    package init() {}

    package var lines: [String] { kept.withLock(\.self) }

    package var text: String { lines.joined(separator: "\n") }

    /// Lines of the access log.
    package var requests: [String] { lines.filter { $0.hasPrefix("request ") } }

    package var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.kept.withLock { $0.append((["\(event.message)"] + fields).joined(separator: " ")) }
        }
    }
}

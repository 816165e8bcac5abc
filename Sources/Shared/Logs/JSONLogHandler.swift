// Log lines as JSON, one object a line, to stderr: {"time":…,"level":…,"message":…,…metadata}.
//
// It never waits and never fails (`LogWriter`). It refuses to guess what is secret: secrets are not logged.

internal import Bus
package import Logging

package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata = Logger.Metadata()
    private let writer: LogWriter

    package init(writer: LogWriter = .standardError) { self.writer = writer }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = LogLine(event.level, event.message.description, at: .now)
        var taken: Set = ["time", "level", "message"]
        if let trace = CallContext.current?.trace.traceID {
            line.add("trace", .text(trace))
            taken.insert("trace")
        }
        if let error = event.error, event.metadata?["error"] == nil { line.add("error", .text("\(error)")) }
        let fields = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !taken.contains(name) {
            line.add(name, value)
        }
        writer.append(line.finished())
    }

    /// A line without a dictionary: what is said of every request.
    fileprivate func write(_ level: Logger.Level, _ message: String, _ fields: [LogField]) {
        var line = LogLine(level, message, at: .now)
        for field in fields { line.add(field.name, field.value) }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) where !fields.contains(where: { $0.name == name })
        {
            line.add(name, value)
        }
        writer.append(line.finished())
    }
}

extension Logger {
    /// A line of typed fields. The handler above writes them as they are; any other gets them as metadata.
    package func record(_ level: Level, _ message: String, _ fields: @autoclosure () -> [LogField]) {
        guard level >= logLevel else { return }
        if let handler = handler as? JSONLogHandler { return handler.write(level, message, fields()) }
        let metadata = fields().map { ($0.name, MetadataValue.string($0.value.description)) }
        log(level: level, "\(message)", metadata: Metadata(metadata) { $1 })
    }
}

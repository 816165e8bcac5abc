// Log lines as JSON, one object a line, to stderr: {"time":…,"level":…,"message":…,"service":…,…metadata}.
//
// A line is written with one call, so lines of several threads do not mix. It refuses to guess what is secret: secrets are not logged.

import Bus
import Foundation
package import Logging

package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata = Logger.Metadata()

    package init() {}

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.json)
        fields["time"] = .string(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        fields["level"] = .string(event.level.rawValue)
        fields["message"] = .string(event.message.description)
        if let trace = CallContext.current?.trace.traceID { fields["trace"] = .string(trace) }
        guard var line = try? Self.encoder.encode(JSONValue.object(fields)) else { return }
        line.append(0x0A)
        FileHandle.standardError.write(line)
    }

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
}

extension Logger.MetadataValue {
    fileprivate var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(\.json))
        case .dictionary(let values): .object(values.mapValues(\.json))
        }
    }
}

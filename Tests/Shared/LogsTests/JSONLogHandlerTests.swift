// What is said to a Logger, as lines of JSON that Foundation reads: each name once, numbers as numbers, and nothing below the level.

import Foundation
import Logging
import StandardStreams
import Testing
import Topology

@testable import Logs

@Suite struct JSONLogHandlerTests {
    private let disk = FragileDisk()

    private func lines(_ speak: (inout Logger) -> Void) throws -> [[String: Any]] {
        var limits = Topology.Log()
        limits.flushTimeout = .seconds(30)
        let writer = LogWriter(limits: limits) { [disk] bytes throws(WriteFailure) in try disk.write(bytes) }
        var logger = Logger(label: "test") { _ in JSONLogHandler(writer: writer) }
        speak(&logger)
        writer.flush()
        return try disk.text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func `metadata of the logger and of the line, each name once`() throws {
        let lines = try lines { logger in
            logger[metadataKey: "service"] = "kms"
            logger[metadataKey: "a"] = "of the logger"
            logger.warning(
                "words",
                metadata: ["a": "of the line", "message": "forged", "count": .stringConvertible(3)]
            )
        }
        let line = try #require(lines.first)
        #expect(line["message"] as? String == "words" && line["level"] as? String == "warning")
        #expect(line["service"] as? String == "kms" && line["a"] as? String == "of the line")
        #expect(line["count"] as? Int == 3)
    }

    @Test func `typed fields are written as they are, and only where the level is wanted`() throws {
        let lines = try lines { logger in
            logger[metadataKey: "service"] = "gateway"
            logger.record(.debug, "no", [("n", .integer(0))])
            logger.record(
                .info,
                "request",
                [("http.status", .integer(404)), ("http.duration_ms", .duration(.milliseconds(2)))]
            )
        }
        #expect(lines.count == 1)
        #expect(lines.first?["http.status"] as? Int == 404 && lines.first?["http.duration_ms"] as? Double == 2)
        #expect(lines.first?["service"] as? String == "gateway")
    }
}

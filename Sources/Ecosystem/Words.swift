// What services say about themselves, as lines for a terminal.

package import Bus
import Foundation
package import Topology

extension ServiceInfo {
    /// A line an operation: its name, its route below the service's prefix, its summary.
    package func lines(_ topology: Topology) -> [String] {
        let prefix = topology.service(service)?.prefix ?? ""
        let routes = operations.map { operation in
            let route = operation.route.map { "\($0.method) \(prefix)\($0.path)" } ?? "bus only"
            return "  \(operation.name.padded(28))\(route.padded(44))\(operation.summary)"
        }
        return ["\(service)  (wire \(wireVersion))"] + routes
            + topics.map { "  topic \($0.name.padded(22))\($0.summary)" }
    }
}

extension ServiceStats {
    package var lines: [String] {
        let title = "\(service)  up \(uptimeSeconds.whole) s, \(outstanding) in hand, \(callers) callers"
        let columns = ["count", "errors", "p50", "p99", "p99.9", "max", "queue99"]
        let head = "  \("operation".padded(28))\(columns.map(\.right).joined())"
        return [title] + (vitals?.lines ?? []) + [head] + operations.map(\.line) + topics.flatMap(\.lines)
            + subscriptions.map(\.line)
            + links.map(\.line) + listeners.map(\.line)
    }
}

extension Vitals {
    fileprivate var lines: [String] {
        let told = presentable.numbers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.short)" }
        return (trouble.map { ["  TROUBLE: \($0)"] } ?? [])
            + (told.isEmpty ? [] : ["  \(told.joined(separator: ", "))"])
    }
}

extension Double {
    /// Without a fraction where it has none.
    fileprivate var short: String {
        Int(exactly: self).map { "\($0)" } ?? formatted(.number.precision(.fractionLength(3)))
    }

    /// Whole, for people; a service may say any number.
    fileprivate var whole: String { Int(exactly: rounded(.down)).map { "\($0)" } ?? "\(self)" }
}

extension OperationStats {
    fileprivate var line: String {
        let failed = errors.values.reduce(0, &+)
        let numbers = [count, failed, p50, p99, p999, max, queueP99].map { "\($0)".right }.joined()
        let codes = errors.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return "  \(operation.padded(28))\(numbers)  \(codes)"
    }
}

extension TopicStats {
    fileprivate var lines: [String] {
        ["  topic \(topic.padded(22))head \(head), published \(published) since start"]
            + (consumers ?? []).map {
                "    for \($0.consumer.padded(22))\($0.remark)\($0.owner.map { ", of \($0)" } ?? "")"
            }
    }
}

extension ConsumerStats {
    fileprivate var remark: String {
        let age = lagSeconds.formatted(.number.precision(.fractionLength(1)))
        return "acknowledged \(acknowledged), lag \(lagEvents) (\(age) s)\(isGone ? ", GONE" : ""), "
            + "gaps found \(gapsFound), filled \(gapsFilled), unfilled \(gapsUnfilled)"
    }
}

extension SubscriptionStats {
    fileprivate var line: String {
        "  follows \(topic.padded(20))next \(next), lag \(head &+ 1 > next ? head &+ 1 &- next : 0), "
            + "gaps found \(gapsFound), filled \(gapsFilled), unfilled \(gapsUnfilled)"
    }
}

extension LinkStats {
    fileprivate var line: String {
        "  link  \(service.padded(22))\(isReady ? "ready" : "DOWN "), \(outstanding) outstanding, "
            + "\(reconnects) reconnects, \(rejectedHandshakes) refused\(clock)  \(endpoint)"
    }
}

extension LinkStats {
    fileprivate var clock: String { clockOffsetSeconds.map { ", clock \(Duration.skewText($0))" } ?? "" }
}

extension ListenerStats {
    fileprivate var line: String {
        "  listens \(isSecured ? "with CURVE" : "in the clear"), \(rejectedHandshakes) handshakes refused, "
            + "\(refusedSubscriptions) subscriptions refused  \(endpoint)"
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        count < width ? self + String(repeating: " ", count: width - count) : self + " "
    }

    fileprivate var right: String { String(repeating: " ", count: Swift.max(1, 10 - count)) + self }
}

extension Event {
    /// Of the year 9999, behind which there is no way to write a date.
    private static let lastSecond = 253_402_300_799.0

    /// The event as one line of JSON.
    package var line: String {
        let fields: [String: JSONValue] = [
            "topic": .string(topic),
            "epoch": .string(String(epoch, radix: 16)),
            "offset": .integer(Int(clamping: offset)),
            "key": .string(key),
            "time": .string(
                Date(timeIntervalSince1970: min(Double(committedAt.microseconds) / 1_000_000, Self.lastSecond))
                    .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            ),
            "trace": trace.map { .string($0.traceID) } ?? .null,
            "payload": (try? JSONDecoder().decode(JSONValue.self, from: Data(payload))) ?? .null,
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension Node {
    /// Which service publishes a topic, or topics with a prefix: asked of the services themselves.
    ///
    /// - Throws: `Failure` with `not_found` naming the topics that there are.
    package func publisher(of pattern: String, in topology: Topology) async throws -> String {
        var known: [String] = []
        for service in topology.services.map(\.name) {
            guard let info = try? await call(BusOperations.info, Empty(), on: service) else { continue }
            if info.topics.contains(where: { $0.matches(pattern) }) { return service }
            known += info.topics.map(\.name)
        }
        let there =
            known.isEmpty ? "No service that answers publishes any." : "There is \(known.joined(separator: ", "))."
        throw Failure(.notFound, "No topic \"\(pattern)\" is published. \(there)")
    }
}

extension TopicDescription {
    fileprivate func matches(_ pattern: String) -> Bool {
        pattern.utf8.last == UInt8(ascii: "*") ? name.utf8.starts(with: pattern.utf8.dropLast()) : name == pattern
    }
}

extension Topology {
    /// The same ecosystem beside another one: the kernel chooses the ports.
    package var withPortsOfItsOwn: Topology {
        var copy = self
        copy.gateway.listen.port = 0
        copy.services = services.map { service in
            var service = service
            if service.port != nil { service.port = 0 }
            return service
        }
        return copy
    }
}

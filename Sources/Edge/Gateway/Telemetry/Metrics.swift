// What the edge counts, as Prometheus text (exposition format 0.0.4).
//
// The labels are a closed set, whatever clients send: operations as mounted, methods as known, statuses as answered.

internal import Bus
internal import Synchronization

final class Metrics: Sendable {
    struct Key: Hashable, Sendable {
        let listener: String
        let operation: String
        let method: String
        let status: Int
    }

    struct LatencyKey: Hashable, Sendable {
        let listener: String
        let operation: String
    }

    struct RefusalKey: Hashable, Sendable {
        let listener: String
        let reason: String
    }

    private struct State: Sendable {
        var requests: [Key: Int] = [:]
        var refusals: [RefusalKey: Int] = [:]
        var latencies: [LatencyKey: LatencyBuckets] = [:]
        var inFlight: [String: Int] = [:]

        mutating func keep(_ service: String) {
            let isIts = { (listener: String, operation: String) in
                listener == service || operation.utf8.starts(with: "\(service).".utf8)
            }
            requests = requests.filter { isIts($0.key.listener, $0.key.operation) }
            latencies = latencies.filter { isIts($0.key.listener, $0.key.operation) }
            refusals = refusals.filter { $0.key.listener == service }
            inFlight = inFlight.filter { $0.key == service }
        }
    }

    private let state = Mutex(State())

    func began(_ listener: String) {
        state.withLock { $0.inFlight[listener, default: 0] += 1 }
    }

    func ended(_ listener: String) {
        state.withLock { $0.inFlight[listener, default: 0] -= 1 }
    }

    func record(_ record: RequestRecord) {
        let operation = record.operation ?? "none"
        let key = Key(
            listener: record.listener,
            operation: operation,
            method: record.knownMethod,
            status: record.status
        )
        state.withLock { state in
            state.requests[key, default: 0] += 1
            if let reason = record.reason {
                state.refusals[RefusalKey(listener: record.listener, reason: reason), default: 0] += 1
            }
            state.latencies[LatencyKey(listener: record.listener, operation: operation), default: LatencyBuckets()]
                .record(record.duration / .seconds(1))
        }
    }

    /// The whole page; of one service, where it has the page at its own origin, what was asked of it and there.
    func text(of service: String? = nil) -> String {
        var state = state.withLock { $0 }
        if let service { state.keep(service) }
        return Self.requests(state) + Self.refusals(state) + Self.latencies(state) + Self.inFlight(state)
    }

    private static func requests(_ state: State) -> String {
        let name = "fountain_gateway_requests_total"
        let lines = state.requests.map { key, count in
            "\(name){listener=\"\(key.listener)\",operation=\"\(key.operation)\",method=\"\(key.method)\","
                + "status=\"\(key.status)\"} \(count)\n"
        }
        return "# HELP \(name) Requests answered.\n# TYPE \(name) counter\n" + lines.sorted().joined()
    }

    private static func refusals(_ state: State) -> String {
        let name = "fountain_gateway_refusals_total"
        let lines = state.refusals.map { key, count in
            "\(name){listener=\"\(key.listener)\",reason=\"\(key.reason)\"} \(count)\n"
        }
        return "# HELP \(name) Requests refused before any operation saw them.\n# TYPE \(name) counter\n"
            + lines.sorted().joined()
    }

    private static func latencies(_ state: State) -> String {
        let name = "fountain_gateway_request_duration_seconds"
        let series = state.latencies.sorted {
            ($0.key.listener, $0.key.operation) < ($1.key.listener, $1.key.operation)
        }
        var text = "# HELP \(name) From the last byte of a request to its answer.\n# TYPE \(name) histogram\n"
        for (key, histogram) in series {
            let labels = "listener=\"\(key.listener)\",operation=\"\(key.operation)\""
            for (bound, count) in histogram.cumulative {
                text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(count)\n"
            }
            text += "\(name)_sum{\(labels)} \(histogram.sum)\n\(name)_count{\(labels)} \(histogram.count)\n"
        }
        return text
    }

    /// One number without labels.
    static func gauge(_ name: String, _ help: String, _ value: Int) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n"
    }

    /// 1 for a service that answers, 0 for one that does not.
    static func services(_ names: [String], missing: [String]) -> String {
        let name = "fountain_gateway_service_up"
        let lines = names.map { "\(name){service=\"\($0)\"} \(missing.contains($0) ? 0 : 1)\n" }
        return "# HELP \(name) Whether a service answers the gateway.\n# TYPE \(name) gauge\n" + lines.sorted().joined()
    }

    /// The same for each replica of the services that have several.
    static func replicas(_ standings: [ReplicaStanding]) -> String {
        let name = "fountain_gateway_replica_up"
        let lines = standings.flatMap { standing in
            [(standing.answering, 1), (standing.silent, 0)].flatMap { numbers, value in
                numbers.map { "\(name){service=\"\(standing.service)\",replica=\"\($0)\"} \(value)\n" }
            }
        }
        return "# HELP \(name) Whether a replica answers the gateway.\n# TYPE \(name) gauge\n" + lines.sorted().joined()
    }

    /// Seconds by service, below zero where its clock is behind.
    static func clocks(_ offsets: [String: Double]) -> String {
        let name = "fountain_gateway_clock_offset_seconds"
        let lines = offsets.map { "\(name){service=\"\($0.key)\"} \($0.value)\n" }
        let help = "How far a service's clock is ahead of the gateway's."
        return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + lines.sorted().joined()
    }

    /// What services tell of themselves; their names are the topology's, and the numbers' have been looked at.
    static func vitals(_ vitals: [String: Vitals]) -> String {
        let name = "fountain_service_number"
        let lines = vitals.flatMap { service, vitals in
            vitals.numbers.map { "\(name){service=\"\(service)\",name=\"\($0.key)\"} \($0.value)\n" }
        }
        return "# HELP \(name) What a service says of itself.\n# TYPE \(name) gauge\n" + lines.sorted().joined()
            + troubles(vitals)
    }

    private static func troubles(_ vitals: [String: Vitals]) -> String {
        let name = "fountain_service_in_trouble"
        let lines = vitals.map { "\(name){service=\"\($0.key)\"} \($0.value.trouble == nil ? 0 : 1)\n" }
        return "# HELP \(name) Whether a service says that it cannot be relied on.\n# TYPE \(name) gauge\n"
            + lines.sorted().joined()
    }

    private static func inFlight(_ state: State) -> String {
        let name = "fountain_gateway_requests_in_flight"
        let lines = state.inFlight.map { "\(name){listener=\"\($0.key)\"} \($0.value)\n" }
        return "# HELP \(name) Requests in the hands of the gateway.\n# TYPE \(name) gauge\n" + lines.sorted().joined()
    }
}

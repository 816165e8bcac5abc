// Where a service, or the gateway, remembers its calls, and who tells the topology's collector of them (ADR 0062).

package import Bus
internal import HTTPClient
package import Telemetry
internal import Topology

/// The spans of one member of an ecosystem.
package struct SpanKeeping: Sendable {
    package let ring: SpanRing
    /// nil where the topology names no collector.
    package let exporter: SpanExporter?

    /// What became of them, for who has nothing else to say of itself; nil where nobody is told of them.
    package var vitals: (@Sendable () async -> Vitals)? {
        guard let exporter else { return nil }
        return { Vitals(numbers: exporter.numbers) }
    }
}

extension ServiceHost {
    /// A ring for a member that is about to be brought up. Its `Member` sends what is in it.
    package func spans(of name: String, replica: Int = 1) -> SpanKeeping {
        let limits = SpanLimits(topology.bus.spans)
        guard let collector, let url = topology.telemetry.otlp else {
            return SpanKeeping(ring: SpanRing(limits), exporter: nil)
        }
        let source = SpanSource(
            service: name,
            ecosystem: topology.name,
            instance: TraceContext.begin().spanID,
            replica: replica
        )
        let exporter = SpanExporter(
            SpanExporter.Settings(topology.telemetry, url),
            of: source,
            by: collector,
            logger: logger(for: name)
        )
        return SpanKeeping(ring: SpanRing(limits) { exporter.take($0) }, exporter: exporter)
    }
}

extension HTTPClient {
    /// One for all members of a process, so that they share connections and a thread; nil where the topology names no collector.
    convenience init?(_ telemetry: Topology.Telemetry) {
        guard telemetry.otlp != nil else { return nil }
        var configuration = Configuration()
        configuration.maximumBody = 64 << 10
        configuration.authorityFile = telemetry.authorityFile
        self.init(configuration)
    }
}

extension SpanExporter.Settings {
    init(_ topology: Topology.Telemetry, _ url: String) {
        self.init(collector: url)
        (limits.queue, limits.batch, limits.interval) = (topology.queue, topology.batch, topology.interval)
        (limits.giveUp, timeout, drainTimeout) = (topology.giveUp, topology.timeout, topology.drainTimeout)
    }
}

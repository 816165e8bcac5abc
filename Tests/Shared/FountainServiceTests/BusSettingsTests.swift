// The bus's own limits, held against those of a topology that says nothing of them.

import Bus
import Telemetry
import Testing
import Topology

@testable import FountainService

@Suite struct BusSettingsTests {
    /// They stand twice, since neither module sees the other: a node without a topology is held to the same numbers as one with.
    @Test func `the bus and the topology have the same limits where nobody says otherwise`() {
        #expect(BusLimits(Topology.Bus.Limits()) == BusLimits())
        #expect(SpanLimits(Topology.Bus.Spans()) == SpanLimits())
        let (said, unsaid) = (SpanExporter.Settings(Topology.Telemetry(), "u"), SpanExporter.Settings(collector: "u"))
        #expect(said.limits == unsaid.limits && said.url == "u/v1/traces")
        #expect((said.timeout, said.drainTimeout) == (unsaid.timeout, unsaid.drainTimeout))
    }
}

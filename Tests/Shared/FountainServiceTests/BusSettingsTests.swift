import Bus
import Testing
import Topology

@testable import FountainService

@Suite struct BusSettingsTests {
    /// They stand twice, since neither module sees the other: a node without a topology is held to the same numbers as one with.
    @Test func `the bus and the topology have the same limits where nobody says otherwise`() {
        #expect(BusLimits(Topology.Bus.Limits()) == BusLimits())
        #expect(SpanLimits(Topology.Bus.Spans()) == SpanLimits())
    }
}

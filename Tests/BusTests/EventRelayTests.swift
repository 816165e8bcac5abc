// What waits between the thread that commits and the loop that sends: so many events, and of the rest only how far it went.

import Testing

@testable import Bus

@Suite struct EventRelayTests {
    static func events(_ offsets: ClosedRange<UInt64>, topic: String = "a") -> [Event] {
        offsets.map {
            Event(topic: topic, epoch: 1, offset: $0, key: "", committedAt: .now, trace: nil, payload: [])
        }
    }

    @Test func `one who fetches is sent for, until it has fetched`() {
        let relay = EventRelay(limit: 100)
        #expect(relay.add(Self.events(1...2)))
        #expect(!relay.add(Self.events(3...3)))
        #expect(relay.take().events.joined().map(\.offset) == [1, 2, 3])
        #expect(relay.add(Self.events(4...4)))
        #expect(relay.take().events.joined().map(\.offset) == [4])
    }

    @Test func `what does not fit is let go, and only how far it went is kept`() {
        let relay = EventRelay(limit: 10)
        _ = relay.add(Self.events(1...8))
        _ = relay.add(Self.events(1...20, topic: "b"))
        _ = relay.add(Self.events(9...30))
        let load = relay.take()
        #expect(load.events.joined().count == 10 && load.count == 10)
        #expect(load.heads.mapValues(\.offset) == ["a": 30, "b": 20])
        // Nothing is given out behind a gap.
        #expect(load.events.joined().filter { $0.topic == "a" }.map(\.offset) == Array(1...8))
        _ = relay.add(Self.events(31...31))
        #expect(relay.take().events.joined().map(\.offset) == [31])
    }
}

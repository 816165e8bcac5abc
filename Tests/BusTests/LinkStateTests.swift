// The life of a connection as a table: each phase, each event, what is done then. No socket is in it, and the time is passed in.

import Testing

@testable import Bus

@Suite struct LinkStateTests {
    static let start = ContinuousClock.now
    static let heartbeat = Duration.seconds(1)
    static let liveness = Duration.seconds(3)

    enum Event: Sendable {
        case opened, connected, welcomed, drains, disconnected
        /// A tick after so much silence.
        case tick(Duration)
    }

    /// A link that has gone through the events, and what it wanted after the last.
    static func after(_ events: [Event]) -> (state: LinkState, action: LinkState.Action) {
        var state = LinkState(heartbeat: heartbeat, liveness: liveness, now: start)
        var action = LinkState.Action.nothing
        for event in events { action = apply(event, to: &state) }
        return (state, action)
    }

    static func apply(_ event: Event, to state: inout LinkState) -> LinkState.Action {
        switch event {
        case .opened: state.opened(at: start)
        case .connected: return state.connected(at: start)
        case .welcomed: state.welcomed(at: start)
        case .drains: state.serviceDrains()
        case .disconnected: return state.disconnected(jitter: 0.5)
        case .tick(let silence): return state.tick(at: start + silence, jitter: 0.5)
        }
        return .nothing
    }

    static let lost: [Event] = []
    static let connecting: [Event] = [.opened]
    static let greeting: [Event] = [.opened, .connected]
    static let ready: [Event] = [.opened, .connected, .welcomed]
    static let draining: [Event] = [.opened, .connected, .welcomed, .drains]
    static let firstRetry = LinkState.Action.discard(retryAfter: .milliseconds(20))

    struct Row: Sendable, CustomTestStringConvertible {
        let before: [Event]
        let event: Event
        let phase: LinkState.Phase
        let action: LinkState.Action

        init(_ before: [Event], _ event: Event, _ phase: LinkState.Phase, _ action: LinkState.Action = .nothing) {
            (self.before, self.event, self.phase, self.action) = (before, event, phase, action)
        }

        var testDescription: String { "\(LinkStateTests.after(before).state.phase), \(event)" }
    }

    @Test(arguments: [
        Row(lost, .opened, .connecting),
        Row(lost, .connected, .lost),
        Row(lost, .welcomed, .lost),
        Row(lost, .drains, .lost),
        Row(lost, .disconnected, .lost),
        Row(lost, .tick(.seconds(60)), .lost),
        Row(connecting, .connected, .greeting, .sendHello),
        // A welcome may overtake the monitor's news of the connection.
        Row(connecting, .welcomed, .ready),
        Row(connecting, .drains, .connecting),
        Row(connecting, .disconnected, .lost, firstRetry),
        Row(connecting, .tick(.milliseconds(2_999)), .connecting),
        Row(connecting, .tick(.seconds(3)), .lost, firstRetry),
        Row(greeting, .connected, .greeting),
        Row(greeting, .welcomed, .ready),
        Row(greeting, .drains, .greeting),
        Row(greeting, .disconnected, .lost, firstRetry),
        Row(greeting, .tick(.milliseconds(499)), .greeting),
        Row(greeting, .tick(.milliseconds(500)), .greeting, .sendHello),
        Row(greeting, .tick(.seconds(3)), .lost, firstRetry),
        Row(ready, .connected, .ready),
        Row(ready, .welcomed, .ready),
        Row(ready, .drains, .draining),
        Row(ready, .disconnected, .lost, firstRetry),
        Row(ready, .tick(.milliseconds(499)), .ready),
        Row(ready, .tick(.milliseconds(500)), .ready, .sendPing),
        Row(ready, .tick(.milliseconds(2_999)), .ready, .sendPing),
        Row(ready, .tick(.seconds(3)), .lost, firstRetry),
        Row(draining, .welcomed, .draining),
        Row(draining, .drains, .draining),
        Row(draining, .disconnected, .lost, firstRetry),
        Row(draining, .tick(.milliseconds(500)), .draining, .sendPing),
        Row(draining, .tick(.seconds(3)), .lost, firstRetry),
    ])
    func `each phase answers each event as the table says`(row: Row) {
        let (state, action) = Self.after(row.before + [row.event])
        #expect(state.phase == row.phase)
        #expect(action == row.action)
    }

    @Test(arguments: [
        (lost, false), (connecting, false), (greeting, false), (ready, true), (draining, true),
        (connecting + [.disconnected], true), (connecting + [.tick(.seconds(3))], true),
        (connecting + [.disconnected, .opened], true),
    ])
    func `callers wait until a first attempt has come to an end`(events: [Event], hasSettled: Bool) {
        #expect(Self.after(events).state.hasSettled == hasSettled)
    }

    @Test func `whatever is heard ends the silence`() {
        var state = Self.after(Self.ready).state
        state.heard(at: Self.start + .seconds(2))
        #expect(state.tick(at: Self.start + .seconds(4), jitter: 0) == .sendPing)
        #expect(state.phase == .ready)
        #expect(state.tick(at: Self.start + .seconds(5), jitter: 0) == .discard(retryAfter: .milliseconds(10)))
    }

    @Test func `back-off doubles with each failure in a row and begins again after a welcome`() {
        var state = LinkState(heartbeat: Self.heartbeat, liveness: Self.liveness, now: Self.start)
        var delays: [LinkState.Action] = []
        for _ in 0..<3 {
            state.opened(at: Self.start)
            delays.append(state.disconnected(jitter: 0.5))
        }
        #expect(delays == [20, 40, 80].map { .discard(retryAfter: .milliseconds($0)) })
        for event in Self.ready { _ = Self.apply(event, to: &state) }
        #expect(state.disconnected(jitter: 0.5) == Self.firstRetry)
    }

    @Test(arguments: [(0, 20), (1, 40), (5, 640), (6, 1_280), (7, 2_000), (8, 2_000), (63, 2_000), (1_000_000, 2_000)])
    func `back-off lies between half and one and a half of its middle`(failures: Int, middle: Int) {
        #expect(LinkState.backOff(failures: failures, jitter: 0) == .milliseconds(middle / 2))
        #expect(LinkState.backOff(failures: failures, jitter: 0.5) == .milliseconds(middle))
        #expect(LinkState.backOff(failures: failures, jitter: 1) == .milliseconds(middle * 3 / 2))
    }
}

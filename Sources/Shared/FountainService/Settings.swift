// What the topology tells a service of somebody else's, a line each:
//
//     services:
//       guestbook:
//         settings: {longest_entry: 500, greeting: Welcome}
//
//     let longest = try site.settings.number("longest_entry", default: 500, in: 1...10_000)
//
// Each is asked for with its default and with what it may be, in `handlers`: what is wrong keeps the service from starting, and is told with its
// line in the file, and so does a setting that was not asked for by then, as every key does that nobody knows. `${NAME}` is a variable of the
// environment, as everywhere in the file. Nothing secret belongs here; a path of a file that has it does.

public import Bus
import Synchronization
internal import Topology

/// What a topology says to one service.
public struct Settings: Sendable {
    private let given: Topology.ServiceSettings
    private let asked = Asked()

    /// Copies of the settings know together what was asked for.
    private final class Asked: Sendable {
        private let names = Mutex<Set<String>>([])

        var all: Set<String> { names.withLock { $0 } }

        func add(_ name: String) { names.withLock { _ = $0.insert(name) } }
    }

    init(_ given: Topology.ServiceSettings) { self.given = given }

    /// A whole number, written in digits.
    ///
    /// - Parameters:
    ///   - name: Small letters, digits, `-` and `_`.
    ///   - standard: What it is where the topology says nothing.
    ///   - range: What it may be, from 0 on.
    /// - Returns: What it is.
    /// - Throws: `Failure` with `invalid_request` where it is something else. So do all that follow.
    public func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws(Failure) -> Int {
        try ask(name, or: standard) { name throws(TopologyError) in try given.number(name, in: range) }
    }

    /// A size in bytes, written with its unit: `64KiB`.
    public func size(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws(Failure) -> Int {
        try ask(name, or: standard) { name throws(TopologyError) in try given.size(name, in: range) }
    }

    /// A duration, written with its unit: `500ms`, `30s`, `15m`.
    public func duration(
        _ name: String,
        default standard: Duration,
        in range: ClosedRange<Duration>
    ) throws(Failure) -> Duration {
        try ask(name, or: standard) { name throws(TopologyError) in try given.duration(name, in: range) }
    }

    /// `true` or `false`.
    public func flag(_ name: String, default standard: Bool) throws(Failure) -> Bool {
        try ask(name, or: standard) { name throws(TopologyError) in try given.flag(name) }
    }

    /// One of the values of an enumeration, by its raw value.
    public func choice<Value>(_ name: String, default standard: Value) throws(Failure) -> Value
    where Value: CaseIterable & RawRepresentable<String> {
        try ask(name, or: standard) { name throws(TopologyError) in try given.choice(name, of: Value.self) }
    }

    /// One line of 256 characters at most; it may be empty.
    public func text(_ name: String, default standard: String) -> String {
        asked.add(name)
        return given.text(name) ?? standard
    }

    /// Called when the service has asked for all that it knows.
    func finish() throws(Failure) {
        do throws(TopologyError) { try given.finish(asked: asked.all) } catch { throw Failure(error) }
    }

    private func ask<Value>(
        _ name: String,
        or standard: Value,
        _ read: (String) throws(TopologyError) -> Value?
    ) throws(Failure) -> Value {
        asked.add(name)
        do throws(TopologyError) { return try read(name) ?? standard } catch { throw Failure(error) }
    }
}

extension Failure {
    fileprivate init(_ error: TopologyError) { self.init(.invalidRequest, error.description) }
}

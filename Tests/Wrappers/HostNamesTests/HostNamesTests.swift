// Names, looked up beside whoever asks. The address book here is the test's, and hangs where the test wants it to.

import Dispatch
import Synchronization
import Testing

@testable import HostNames

/// Counts from any thread.
private final class Tally: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    func next() -> Int { number.add(1, ordering: .relaxed).newValue }
}

@Suite(.timeLimit(.minutes(1))) struct HostNamesTests {
    private static func settled(_ answer: HostNames.Answer) async throws -> [String] {
        while true {
            if let known = answer.known { return known }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `a name that hangs keeps no other waiting, and is looked up once for all who ask`() async throws {
        let (gate, count) = (DispatchSemaphore(value: 0), Tally())
        let names = HostNames { host in
            guard host == "hangs" else { return ["10.0.0.1"] }
            _ = count.next()
            gate.wait()
            return ["10.0.0.2"]
        }
        let hanging = (1...100).map { _ in names.addresses(of: "hangs") }
        for number in 0..<100 {
            #expect(try await Self.settled(names.addresses(of: "host\(number)")) == ["10.0.0.1"])
        }
        #expect(hanging.allSatisfy { $0.known == nil })
        gate.signal()
        for answer in hanging { #expect(try await Self.settled(answer) == ["10.0.0.2"]) }
        #expect(count.value == 1)
    }

    @Test func `a name is looked up anew each time`() async throws {
        let count = Tally()
        let names = HostNames { _ in ["10.0.0.\(count.next())"] }
        #expect(try await Self.settled(names.addresses(of: "moves")) == ["10.0.0.1"])
        #expect(try await Self.settled(names.addresses(of: "moves")) == ["10.0.0.2"])
    }

    @Test(arguments: [("127.0.0.1", true), ("10.0.0.7", true), ("db1", false), ("10.example", false)])
    func `four numbers are no name`(host: String, isIPv4: Bool) { #expect(HostNames.isIPv4(host) == isIPv4) }

    @Test func `the system's own book knows this machine`() {
        let addresses = HostNames.system("localhost")
        #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
        #expect(HostNames.system("no.such.host.invalid").isEmpty)
    }
}

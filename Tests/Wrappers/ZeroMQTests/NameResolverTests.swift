// Names, looked up beside the loop. The address book here is the test's, and hangs where the test wants it to.

import Dispatch
import Synchronization
import Testing

@testable import ZeroMQ

/// Counts from any thread.
private final class Tally: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    func next() -> Int { number.add(1, ordering: .relaxed).newValue }
}

@Suite(.timeLimit(.minutes(1))) struct NameResolverTests {
    static func settled(_ resolution: Resolution) async throws -> Resolution.State {
        while resolution.state == .pending {
            try Task.checkCancellation()
            await Task.yield()
        }
        return resolution.state
    }

    @Test(
        arguments: [
            "tcp://127.0.0.1:7311", "tcp://[::1]:7311", "tcp://*:7311", "tcp://[fd00::7]:1", "ipc:///tmp/a:b",
            "inproc://kms.calls", "tcp://", "tcp://:7",
        ]
    )
    func `what has no name in it is passed as it is, at once`(endpoint: String) {
        let resolver = NameResolver { _ in ["looked up"] }
        #expect(resolver.resolve(endpoint).state == .found([endpoint]))
    }

    @Test func `a name becomes its addresses of both families, in their order`() async throws {
        let resolver = NameResolver { $0 == "kms" ? ["fd00::7", "10.0.0.7"] : [] }
        let found = try await Self.settled(resolver.resolve("tcp://kms:7311"))
        #expect(found == .found(["tcp://[fd00::7]:7311", "tcp://10.0.0.7:7311"]))
        #expect(try await Self.settled(resolver.resolve("tcp://absent:7311")) == .failed)
    }

    @Test func `a name that hangs keeps no other waiting, and is looked up once for all who ask`() async throws {
        let (gate, count) = (DispatchSemaphore(value: 0), Tally())
        let resolver = NameResolver { host in
            guard host == "hangs" else { return ["10.0.0.1"] }
            _ = count.next()
            gate.wait()
            return ["10.0.0.2"]
        }
        let hanging = (1...100).map { resolver.resolve("tcp://hangs:\($0)") }
        for number in 0..<100 {
            #expect(try await Self.settled(resolver.resolve("tcp://host\(number):1")) == .found(["tcp://10.0.0.1:1"]))
        }
        #expect(hanging.allSatisfy { $0.state == .pending })
        gate.signal()
        for (number, resolution) in hanging.enumerated() {
            #expect(try await Self.settled(resolution) == .found(["tcp://10.0.0.2:\(number + 1)"]))
        }
        #expect(count.value == 1)
    }

    @Test func `a name is looked up anew each time`() async throws {
        let count = Tally()
        let resolver = NameResolver { _ in ["10.0.0.\(count.next())"] }
        #expect(try await Self.settled(resolver.resolve("tcp://moves:1")) == .found(["tcp://10.0.0.1:1"]))
        #expect(try await Self.settled(resolver.resolve("tcp://moves:1")) == .found(["tcp://10.0.0.2:1"]))
    }

    @Test func `the system's own book knows this machine`() {
        let addresses = NameResolver.system("localhost")
        #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
        #expect(NameResolver.system("no.such.host.invalid").isEmpty)
    }
}

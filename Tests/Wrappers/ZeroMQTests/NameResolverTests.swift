// Endpoints in numbers for those with names. The address book here is the test's.

import HostNames
import Testing

@testable import ZeroMQ

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
        let resolver = NameResolver(HostNames { _ in ["looked up"] })
        #expect(resolver.resolve(endpoint).state == .found([endpoint]))
    }

    @Test func `a name becomes its addresses of both families, in their order`() async throws {
        let resolver = NameResolver(HostNames { $0 == "kms" ? ["fd00::7", "10.0.0.7"] : [] })
        let found = try await Self.settled(resolver.resolve("tcp://kms:7311"))
        #expect(found == .found(["tcp://[fd00::7]:7311", "tcp://10.0.0.7:7311"]))
        #expect(try await Self.settled(resolver.resolve("tcp://absent:7311")) == .failed)
    }
}

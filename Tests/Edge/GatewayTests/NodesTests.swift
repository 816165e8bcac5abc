// A gateway's several nodes on a real bus: who sends a call that the first has nobody for, and when a service counts as met.

import Bus
import Foundation
import Logging
import Testing
import Topology

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct NodesTests {
    private let context: BusContext
    private let address: ServiceAddress

    init() throws {
        let id = UUID().uuidString.prefix(8)
        address = ServiceAddress(calls: "inproc://\(id).calls", events: "inproc://\(id).events")
        context = try BusContext()
    }

    private func node(_ name: String, _ addresses: [ServiceAddress] = [], grace: Duration = .seconds(20)) throws -> Node
    {
        var configuration = NodeConfiguration(name: name, directory: addresses.isEmpty ? [:] : ["2fa": addresses])
        configuration.connectGrace = grace
        configuration.drainTimeout = .zero
        configuration.logger = Logger(label: "bus") { _ in SwiftLogNoOpLogHandler() }
        return try Node(configuration, context: context)
    }

    /// One that looks for the service where it is not, as one does that has not heard yet that it is back.
    private func astray() throws -> Node {
        let elsewhere = ServiceAddress(calls: address.calls + ".not", events: address.events + ".not")
        return try node("gateway", [elsewhere], grace: .milliseconds(50))
    }

    private func ask(_ nodes: Nodes) async throws -> String {
        try await nodes.call("2fa.ping") { try await $0.call(BusOperations.ping, Empty(), on: "2fa").service }
    }

    @Test func `a loop that has nobody to send a call to has it sent by another`() async throws {
        let (service, first, second) = (try node("2fa"), try astray(), try node("gateway", [address]))
        try await service.serve(FakeAuthority().factorHandlers(), at: address)
        #expect(try await ask(Nodes(first: first, others: [second])) == "2fa")
        let nobody = await #expect(throws: Failure.self) { try await ask(Nodes(first: first, others: [try astray()])) }
        #expect(nobody == .nobodyAnswers("2fa"))
        for node in [first, second, service] { await node.shutDown() }
    }

    @Test func `a service that is met has a link from each loop before its routes are there`() async throws {
        let (service, first, second) = (try node("2fa"), try node("gateway", [address]), try node("gateway", [address]))
        try await service.serve(FakeAuthority().factorHandlers(), at: address)
        let yaml =
            "{name: edge, kind: test, bus: {transport: inproc}, services: {2fa: {}}, two_factor: {delivery: sink}}"
        let topology = try Topology.parse(yaml: yaml, file: "edge.yaml", environment: [:])
        let logger = Logger(label: "edge") { _ in SwiftLogNoOpLogHandler() }
        let directory = Directory(topology, nodes: Nodes(first: first, others: [second]), logger: logger)
        let following = Task { await directory.run() }
        await directory.waitUntilComplete()
        for node in [first, second] { #expect(await node.stats().links.map(\.isReady) == [true]) }
        following.cancel()
        await following.value
        for node in [first, second, service] { await node.shutDown() }
    }

    @Test func `what a service says of others is not asked again`() async throws {
        let (first, second) = (try astray(), try astray())
        var asked = 0
        let failure = await #expect(throws: Failure.self) {
            try await Nodes(first: first, others: [second]).call("2fa.ping") { _ in
                asked += 1
                throw Failure.nobodyAnswers("kms")
            }
        }
        #expect(asked == 1 && failure == .nobodyAnswers("kms"))
        for node in [first, second] { await node.shutDown() }
    }
}

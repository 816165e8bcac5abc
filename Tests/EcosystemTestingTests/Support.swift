// A service on a bus of a test's own, and a wire before it.

import Bus
import EcosystemTesting
import Foundation

enum Speech {
    struct Text: Codable, Sendable, Equatable { let text: String }
    static let say = Operation<Text, Text>("speech.say", "Says it back", access: .public, isIdempotent: true)
    static let said = Topic<Text>("speech.said", publisher: "speech", "What was said")
}

enum Transport: String, CaseIterable, Sendable {
    case inproc, ipc

    func address() -> ServiceAddress {
        let id = UUID().uuidString.prefix(8)
        let place = self == .inproc ? "inproc://\(id)" : "ipc://\(FileManager.default.temporaryDirectory.path)/fs-\(id)"
        return ServiceAddress(calls: "\(place).calls", events: "\(place).events")
    }
}

final class Stage: Sendable {
    let context: BusContext
    let address: ServiceAddress
    let wire: FaultyWire

    init(_ transport: Transport, _ plan: FaultPlan = FaultPlan(seed: 0)) async throws {
        context = try BusContext()
        address = transport.address()
        wire = try await FaultyWire.open(to: address, context: context, plan: plan)
    }

    func node(_ name: String) throws -> Node {
        var configuration = NodeConfiguration(name: name, directory: ["speech": [wire.address]])
        configuration.heartbeat = .milliseconds(100)
        configuration.liveness = .seconds(1)
        return try Node(configuration, context: context)
    }

    /// The service, at the real address.
    func serve(_ log: MemoryEventLog? = nil) async throws -> Node {
        let service = try node("speech")
        var handlers = Handlers()
        handlers.on(Speech.say) { input, _ in input }
        try await service.serve(handlers, log: log, at: address)
        return service
    }
}

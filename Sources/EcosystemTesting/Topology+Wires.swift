// Wires in a topology: everybody finds the wire in the service's place, and the service itself is bound where it was.

import Bus
import Topology

extension Topology {
    private typealias Place = (service: Int, replica: Int)

    /// Opens wires to services.
    ///
    /// - Returns: The wires, by the names that they were given to: `kms`, or `kms 2` where there are several of it.
    /// - Throws: `Failure` with `not_found` for a name that is none of these, `invalid_request` where the bus has keys; then there is no wire at all.
    mutating func putWires(_ plans: [String: FaultPlan], _ context: BusContext) async throws -> [String: FaultyWire] {
        let places = try wirePlaces(plans.keys.sorted())
        var wires: [String: FaultyWire] = [:]
        do {
            for (name, place) in places { wires[name] = try await putWire(at: place, plans[name], context) }
        } catch {
            for wire in wires.values { await wire.close() }
            throw error
        }
        return wires
    }

    private func wirePlaces(_ names: [String]) throws(Failure) -> [(String, Place)] {
        guard names.isEmpty || !isSecured else {
            throw Failure(.invalidRequest, "A wire proves itself to nobody: there are no `faults` on a bus with keys.")
        }
        let all = allWirePlaces
        var places: [(String, Place)] = []
        for name in names {
            guard let place = all.first(where: { $0.name == name })?.place else {
                let known = all.map(\.name).joined(separator: ", ")
                throw Failure(.notFound, "There is nothing \"\(name)\" to give faults to; there are \(known).")
            }
            places.append((name, place))
        }
        return places
    }

    private var allWirePlaces: [(name: String, place: Place)] {
        services.indices.flatMap { index in
            let (name, replicas) = (services[index].name, services[index].replicas)
            return replicas.indices.map { (replicas.count == 1 ? name : "\(name) \($0 + 1)", (index, $0)) }
        }
    }

    private mutating func putWire(at place: Place, _ plan: FaultPlan?, _ context: BusContext) async throws -> FaultyWire
    {
        let bound = services[place.service].replicas[place.replica]
        let address = ServiceAddress(calls: bound.calls.bind.description, events: bound.events.bind.description)
        let wire = try await FaultyWire.open(to: address, context: context, plan: plan ?? FaultPlan(seed: 0))
        services[place.service].replicas[place.replica] = Replica(
            calls: Replica.Socket(connect: Endpoint(wire.address.calls), bind: bound.calls.bind),
            events: Replica.Socket(connect: Endpoint(wire.address.events), bind: bound.events.bind)
        )
        return wire
    }
}

extension Topology.Endpoint {
    /// Of a wire, which has one of these two.
    fileprivate init(_ text: String) {
        let rest = String(text.dropFirst(text.hasPrefix("ipc://") ? 6 : 9))
        self = text.hasPrefix("ipc://") ? .ipc(path: rest) : .inproc(name: rest)
    }
}

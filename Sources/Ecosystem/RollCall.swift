// Who is there, of those whom the topology promises.

package import Bus
import Foundation
import FountainService
import HTTPClient
package import Topology

package struct RollCall: Sendable {
    package struct Answer: Sendable {
        package internal(set) var name: String
        package let isThere: Bool
        /// What it said, or why it did not.
        package let remark: String
        /// How far its clock is ahead of this host's, in seconds, where that is more than the topology tolerates.
        package var skew: Double?
        /// What it has to have as its fellow replicas have it, by name; see `Vitals`.
        package var alike: [String: String] = [:]

        package var line: String { "\(isThere ? "up  " : "DOWN")  \(name)  \(remark)" }
    }

    private let topology: Topology

    package init(_ topology: Topology) { self.topology = topology }

    /// Asks each replica of one service (or `gateway`), or of all and the gateway where the name is nil.
    ///
    /// - Throws: `Failure` with `not_found` where the topology does not name it.
    package func ask(_ name: String?, by node: Node) async throws -> [Answer] {
        var answers: [Answer] = []
        for each in try names(name) {
            answers += each == Topology.gatewayPeer ? await askGateways() : try await askAll(each, node)
        }
        return answers
    }

    /// Each replica by itself: a call by name would be answered by whichever is there.
    private func askAll(_ service: String, _ node: Node) async throws -> [Answer] {
        let replies = try await each(of: service, by: node) { await ask(service, $0) }
        return try replies.map { reply in
            var answer = try reply.value.get()
            answer.name = reply.name
            return answer
        }
    }

    private func names(_ name: String?) throws -> [String] {
        let all = topology.services.map(\.name) + [Topology.gatewayPeer]
        guard let name else { return all }
        guard all.contains(name) else {
            throw Failure(.notFound, "The topology names no \"\(name)\". It has \(all.joined(separator: ", ")).")
        }
        return [name]
    }

    private func ask(_ service: String, _ node: Node) async -> Answer {
        let began = ContinuousClock.now
        do {
            let pong = try await node.call(BusOperations.ping, Empty(), on: service, timeout: .seconds(2))
            let microseconds = Int(began.duration(to: .now) / .microseconds(1))
            let skew = skew(of: service, node)
            let remark = "\(microseconds) µs, epoch \(String(pong.epoch, radix: 16))"
            let clock = skew.map { ", CLOCK \(Duration.skewText($0)) of this host's" } ?? ""
            let alike = pong.vitals?.alike ?? [:]
            return Answer(name: service, isThere: true, remark: remark + clock, skew: skew, alike: alike)
        } catch {
            return Answer(name: service, isThere: false, remark: (error as? Failure)?.detail ?? "\(error)")
        }
    }

    private func skew(of service: String, _ node: Node) -> Double? {
        node.clocks.seconds[service].flatMap { abs($0) > topology.bus.clockTolerance / .seconds(1) ? $0 : nil }
    }

    private func askGateways() async -> [Answer] {
        let http = HTTPClient()
        var answers: [Answer] = []
        for place in topology.gatewayPlaces { answers.append(await ask(place, by: http)) }
        return answers
    }

    private func ask(_ place: GatewayPlace, by http: HTTPClient) async -> Answer {
        let (url, headers) = ("\(place.origin)/health", place.host.map { [("Host", $0)] } ?? [])
        do {
            let answer = try await http.send(OutboundRequest(.get, url, headers: headers, timeout: .seconds(2)))
            return Answer(name: place.name, isThere: answer.status == 200, remark: "HTTP \(answer.status) at \(url)")
        } catch {
            return Answer(name: place.name, isThere: false, remark: place.silence)
        }
    }

    // MARK: Numbers

    /// What each replica of a service has counted.
    ///
    /// - Throws: `Failure` where one does not answer.
    package func stats(of service: String, by node: Node) async throws -> [ServiceStats] {
        let replies = try await each(of: service, by: node) {
            try await $0.call(BusOperations.stats, Empty(), on: service)
        }
        return try replies.map { try $0.value.get() }
    }

    // MARK: Anything

    /// Asks each replica of a service, or each gateway, by itself: a call by name is answered by whichever is there.
    ///
    /// - Parameters:
    ///   - service: Its name, or `gateway`.
    ///   - node: Who asks.
    ///   - question: Asks by a node that knows one replica alone.
    /// - Returns: For each its name (`kms`, `kms-2`), and what came of it, in the order of the topology.
    /// - Throws: Where the operating system has no more threads or sockets to give.
    package func each<Value: Sendable>(
        of service: String,
        by node: Node,
        _ question: (Node) async throws -> Value
    ) async throws -> [Reply<Value>] {
        let replicas =
            service == Topology.gatewayPeer ? topology.gatewayReplicas : topology.service(service)?.replicas ?? []
        guard replicas.count > 1 else {
            return [
                Reply(
                    name: service,
                    value: await Result { try await question(node) },
                    ahead: node.clocks.seconds[service]
                )
            ]
        }
        var replies: [Reply<Value>] = []
        for (index, replica) in replicas.enumerated() {
            let only = try node.looking(at: ServiceAddress(replica, \.connect), of: service)
            let value = await Result { try await question(only) }
            let name = DataLayout.name(of: service, replica: index + 1)
            replies.append(Reply(name: name, value: value, ahead: only.clocks.seconds[service]))
            await only.shutDown()
        }
        return replies
    }

    /// What one replica said.
    package struct Reply<Value: Sendable>: Sendable {
        package let name: String
        package let value: Result<Value, any Error>
        /// By how many seconds its clock is ahead of this host's, as far as that is known.
        package let ahead: Double?
    }
}

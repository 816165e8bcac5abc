// Who is there, of those whom the topology promises.

package import Bus
import Foundation
import FountainService
import HTTPClient
package import Topology

package struct RollCall: Sendable {
    package struct Answer: Sendable {
        package let name: String
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
            answers += each == "gateway" ? [await askGateway()] : try await askAll(each, node)
        }
        return answers
    }

    /// Each replica by itself: a call by name would be answered by whichever is there.
    private func askAll(_ service: String, _ node: Node) async throws -> [Answer] {
        let replicas = topology.service(service)?.replicas ?? []
        guard replicas.count > 1 else { return [await ask(service, node)] }
        var answers: [Answer] = []
        for (index, replica) in replicas.enumerated() {
            let only = try node.looking(at: ServiceAddress(replica, \.connect), of: service)
            answers.append(await ask(service, replica: index + 1, only))
            await only.shutDown()
        }
        return answers
    }

    private func names(_ name: String?) throws -> [String] {
        let all = topology.services.map(\.name) + ["gateway"]
        guard let name else { return all }
        guard all.contains(name) else {
            throw Failure(.notFound, "The topology names no \"\(name)\". It has \(all.joined(separator: ", ")).")
        }
        return [name]
    }

    private func ask(_ service: String, replica: Int = 1, _ node: Node) async -> Answer {
        let name = DataLayout.name(of: service, replica: replica)
        let began = ContinuousClock.now
        do {
            let pong = try await node.call(BusOperations.ping, Empty(), on: service, timeout: .seconds(2))
            let microseconds = Int(began.duration(to: .now) / .microseconds(1))
            let skew = skew(of: service, node)
            let remark = "\(microseconds) µs, epoch \(String(pong.epoch, radix: 16))"
            let clock = skew.map { ", CLOCK \(Duration.skewText($0)) of this host's" } ?? ""
            let alike = pong.vitals?.alike ?? [:]
            return Answer(name: name, isThere: true, remark: remark + clock, skew: skew, alike: alike)
        } catch {
            return Answer(name: name, isThere: false, remark: (error as? Failure)?.detail ?? "\(error)")
        }
    }

    private func skew(of service: String, _ node: Node) -> Double? {
        node.clocks.seconds[service].flatMap { abs($0) > topology.bus.clockTolerance / .seconds(1) ? $0 : nil }
    }

    private func askGateway() async -> Answer {
        let listen = topology.gateway.listen
        let host = ["0.0.0.0", "::"].contains(listen.host) ? "127.0.0.1" : listen.host
        let url = "http://\(host):\(listen.port)/health"
        do {
            let answer = try await HTTPClient().send(OutboundRequest(.get, url, timeout: .seconds(2)))
            return Answer(name: "gateway", isThere: answer.status == 200, remark: "HTTP \(answer.status) at \(url)")
        } catch {
            return Answer(name: "gateway", isThere: false, remark: "\(url) does not answer")
        }
    }

    // MARK: Numbers

    /// What each replica of a service has counted.
    ///
    /// - Throws: `Failure` where one does not answer.
    package func stats(of service: String, by node: Node) async throws -> [ServiceStats] {
        let replicas = topology.service(service)?.replicas ?? []
        guard replicas.count > 1 else { return [try await node.call(BusOperations.stats, Empty(), on: service)] }
        var all: [ServiceStats] = []
        for replica in replicas {
            let only = try node.looking(at: ServiceAddress(replica, \.connect), of: service)
            let answer = await Result { try await only.call(BusOperations.stats, Empty(), on: service) }
            await only.shutDown()
            all.append(try answer.get())
        }
        return all
    }
}

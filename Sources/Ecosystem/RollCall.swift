// Who is there, of those whom the topology promises.

package import Bus
import Foundation
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

        package var line: String { "\(isThere ? "up  " : "DOWN")  \(name)  \(remark)" }
    }

    private let topology: Topology

    package init(_ topology: Topology) { self.topology = topology }

    /// Asks one service (or `gateway`), or all and the gateway where the name is nil.
    ///
    /// - Throws: `Failure` with `not_found` where the topology does not name it.
    package func ask(_ name: String?, by node: Node) async throws -> [Answer] {
        var answers: [Answer] = []
        for each in try names(name) { answers.append(each == "gateway" ? await askGateway() : await ask(each, node)) }
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

    private func ask(_ service: String, _ node: Node) async -> Answer {
        let began = ContinuousClock.now
        do {
            let pong = try await node.call(BusOperations.ping, Empty(), on: service, timeout: .seconds(2))
            let microseconds = Int(began.duration(to: .now) / .microseconds(1))
            let skew = skew(of: service, node)
            let remark = "\(microseconds) µs, epoch \(String(pong.epoch, radix: 16))"
            let clock = skew.map { ", CLOCK \(Duration.skewText($0)) of this host's" } ?? ""
            return Answer(name: service, isThere: true, remark: remark + clock, skew: skew)
        } catch {
            return Answer(name: service, isThere: false, remark: (error as? Failure)?.detail ?? "\(error)")
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
}

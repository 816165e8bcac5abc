// What a probe or a cron job asks of a system that others use: is it there, is it whole, does it keep up, will it go on. It reads, and writes
// nothing: no account, no event, no file; who is asked only answers.
//
//   doctor      everybody answers, clocks agree, strangers are refused, keys are their owners' alone
//   gateway     each is ready, where it can be reached from here (`GatewayPlace`)
//   audit       each log's chain of hashes is whole
//   topics      no consumer lags far behind, has lost events, or has a gap that was not filled; asked of each replica
//   links       who should be connected is
//   index       it is what its source says, by digests, and nothing is mended; each replica's own
//   origin      it is ready, its certificate is good, is from someone who may say so, and is not about to end
//   disk        there is room where the data lies: each replica says it of its own host
//
// What it cannot see from here it names. The disks of databases and of Typesense nobody says anything of.

package import Bus
import Contracts
import Foundation
import FountainService
package import HTTPClient
package import Logging
package import Topology

package struct Checkup: Sendable {
    /// Beyond these numbers something is found.
    package struct Limits: Sendable {
        /// Seconds that the oldest event has waited for a consumer.
        package var lag = 60.0
        /// Percent of the disk that are free.
        package var free = 5.0
        /// Days that the certificate is still good; nil is `CertificateTime`'s own rule.
        package var days: Double?
        /// How long the index may take to be held against its source; zero leaves it out.
        package var digests = Duration.seconds(60)

        package init() {}
    }

    let topology: Topology
    let limits: Limits
    private let peer: String?
    /// `https://example.org`: what users ask; nil where that is not looked at.
    private let origin: String?
    private let http: HTTPClient
    private let logger: Logger

    package init(
        _ topology: Topology,
        as peer: String? = nil,
        limits: Limits = Limits(),
        origin: String? = nil,
        http: HTTPClient = HTTPClient(),
        logger: Logger
    ) {
        (self.topology, self.peer, self.limits) = (topology, peer, limits)
        (self.origin, self.http, self.logger) = (origin, http, logger)
    }

    /// Looks at everything, one thing after the other; `report` gets each finding as it is made.
    ///
    /// - Throws: Where it could not even begin: no key to come with, no more threads or sockets.
    package func examine(by node: Node, _ report: (Finding) -> Void) async throws {
        try await Doctor(topology, as: peer, logger: logger).examine(report)
        for place in topology.gatewayPlaces { report(await ready(place)) }
        for name in topology.services.map(\.name) + gatewaysOnBus { try await examine(name, by: node, report) }
        for finding in await audits(by: node) { report(finding) }
        for finding in try await digests(by: node) { report(finding) }
        if let origin {
            report(await finding("\(origin): ready for everything", "\(origin)/ready", host: nil))
            for finding in await certificate(of: origin) { report(finding) }
        } else {
            report(.good("certificate: not looked at", "no --origin"))
        }
        if !isSpread { report(room(DiskRoom(at: topology.dataDirectory), at: topology.dataDirectory)) }
    }

    /// Over tcp a gateway has a place on the bus only where the topology gives it one.
    private var gatewaysOnBus: [String] { topology.gatewayReplicas.isEmpty ? [] : [Topology.gatewayPeer] }

    /// Services may be on other hosts, whose disks cannot be looked at from here.
    var isSpread: Bool { topology.bus.transport == .tcp }

    // MARK: The gateway

    private func ready(_ place: GatewayPlace) async -> Finding {
        let seen = await finding("\(place.name): ready for everything", "\(place.origin)/ready", host: place.host)
        guard !seen.isGood, place.isGuessed, seen.remark == said(.cannotConnect) else { return seen }
        guard let origin else { return .bad(seen.claim, place.silence) }
        return .good("\(place.name): not asked by itself", "\(place.silence); \(origin) is asked")
    }

    /// Whether it is one, and for how long. libcurl checks the chain, the name and the dates before it sends anything.
    package func certificate(of origin: String) async -> [Finding] {
        let claim = "\(origin): answers, with a certificate that is good now"
        var request = OutboundRequest(.get, "\(origin)/health", timeout: .seconds(5))
        (request.wantsCertificate, request.mayReuseConnection) = (true, false)
        do {
            let answer = try await http.send(request)
            let time = CertificateTime(answer.certificate, now: Int(Date().timeIntervalSince1970))
            return [finding(claim, answer), time.finding(of: origin, days: limits.days)]
        } catch {
            return [.bad(claim, said(error))]
        }
    }

    private func finding(_ claim: String, _ url: String, host: String?) async -> Finding {
        do {
            let headers = host.map { [("Host", $0)] } ?? []
            let request = OutboundRequest(.get, url, headers: headers, timeout: .seconds(5))
            return finding(claim, try await http.send(request))
        } catch {
            return .bad(claim, said(error))
        }
    }

    private func finding(_ claim: String, _ answer: OutboundResponse) -> Finding {
        let said = "HTTP \(answer.status)"
        return answer.status == 200
            ? .good(claim, said)
            : .bad(claim, "\(said): \(String(decoding: answer.body.prefix(300), as: UTF8.self))")
    }

    private func said(_ error: HTTPClientError) -> String {
        switch error {
        case .certificateExpired: "its certificate has expired"
        case .tls: "no TLS that can be trusted: another name, an unknown authority (--ca-file), or no TLS at all"
        case .cannotResolve: "the name has no address"
        case .cannotConnect: "nobody accepts a connection"
        case .timedOut: "no answer in 5 s"
        default: "\(error)"
        }
    }
}

// What a probe or a cron job asks of a system that others use: is it there, is it whole, does it keep up, will it go on. It reads, and writes
// nothing: no account, no event, no file; who is asked only answers.
//
//   doctor      everybody answers, clocks agree, strangers are refused, keys are their owners' alone
//   gateway     it is ready
//   audit       each log's chain of hashes is whole
//   topics      no consumer lags far behind, has lost events, or has a gap that was not filled
//   links       who should be connected is
//   origin      the certificate is good, is from someone who may say so, and is not about to end
//   disk        there is room where the data lies

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

        package init() {}
    }

    private let topology: Topology
    private let peer: String?
    private let limits: Limits
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
        report(await ready())
        for service in topology.services { await examine(service.name, by: node, report) }
        for finding in await audits(by: node) { report(finding) }
        if let origin { for finding in await certificate(of: origin) { report(finding) } }
        report(disk())
    }

    // MARK: The gateway

    private func ready() async -> Finding {
        let listen = topology.gateway.listen
        let host = ["0.0.0.0", "::"].contains(listen.host) ? "127.0.0.1" : listen.host
        let address = Topology.Address(host: host, port: listen.port)
        return await finding(
            "gateway: ready for everything",
            "http://\(address)/ready",
            host: topology.gateway.hosts.first
        )
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

    // MARK: Services

    private func examine(_ service: String, by node: Node, _ report: (Finding) -> Void) async {
        let claim = "\(service): consumers keep up, links stand"
        do {
            let stats = try await node.call(BusOperations.stats, Empty(), on: service, timeout: .seconds(5))
            let problems = problems(of: stats)
            report(problems.isEmpty ? .good(claim) : .bad(claim, problems.joined(separator: "; ")))
        } catch {
            report(.bad(claim, (error as? Failure)?.detail ?? "\(error)"))
        }
    }

    private func problems(of stats: ServiceStats) -> [String] {
        let consumers = stats.topics.flatMap { topic in (topic.consumers ?? []).map { (topic.topic, $0) } }
        return consumers.flatMap { topic, consumer in
            var all: [String] = []
            let name = "\(consumer.consumer) of \(topic)"
            if consumer.isGone { all.append("\(name) has lost events that were pruned") }
            if consumer.gapsUnfilled > 0 { all.append("\(name) has \(consumer.gapsUnfilled) gaps that are not filled") }
            if consumer.lagSeconds > limits.lag {
                all.append("\(name) is \(consumer.lagEvents) events and \(Int(consumer.lagSeconds)) s behind")
            }
            return all
        } + stats.links.filter { !$0.isReady }.map { "its link to \($0.service) is down" }
    }

    // MARK: Audit

    private func audits(by node: Node) async -> [Finding] {
        // A peer says for whom it asks; what may be asked for is in its grants.
        let asker = Principal(
            kind: .user,
            subject: "fountain check",
            roles: ["admin"],
            amr: ["pwd", "otp"],
            authenticatedAt: Int(Date().timeIntervalSince1970)
        )
        let logs = [(KMS.verifyAudit, "kms"), (TwoFactorOperations.verifyAudit, "2fa")]
        var findings: [Finding] = []
        for (operation, service) in logs where topology.service(service) != nil {
            let claim = "\(service): its audit log is whole"
            do {
                let verdict = try await node.call(operation, Empty(), as: asker, timeout: .seconds(60))
                let seen = "\(verdict.entries) entries"
                findings.append(
                    verdict.whole
                        ? .good(claim, seen) : .bad(claim, "\(seen), and its chain is broken: `fountain audit verify`")
                )
            } catch {
                findings.append(.bad(claim, (error as? Failure)?.detail ?? "\(error)"))
            }
        }
        return findings
    }

    // MARK: The host

    private func disk() -> Finding {
        let claim = "\(topology.dataDirectory): has room"
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: topology.dataDirectory),
            let size = (attributes[.systemSize] as? NSNumber)?.doubleValue, size > 0,
            let free = (attributes[.systemFreeSize] as? NSNumber)?.doubleValue
        else { return .bad(claim, "it is not there, or cannot be looked at") }
        let (percent, mebibytes) = (free / size * 100, Int(free / 1_048_576))
        let seen = "\(Int(percent)) % free, \(mebibytes) MiB"
        return percent >= limits.free ? .good(claim, seen) : .bad(claim, "\(seen): less than \(Int(limits.free)) %")
    }
}

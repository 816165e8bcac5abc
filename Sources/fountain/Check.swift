// `fountain check`: whether a running system is well, for a probe or a cron job. It looks at what `Checkup` finds, and changes nothing.

import ArgumentParser
import Bus
import Ecosystem
import HTTPClient

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Whether a running system is there, whole, and keeping up: for a probe or a cron job.",
        discussion: """
            It reads, and changes nothing: who answers, what is refused, readiness, audit logs, lags, links, the index against its source, clocks, disks, \
            certificate. A line for each thing; --quiet prints what FAILED only. Exit codes: 0 all is well, 1 something failed, 2 it could not be examined.

            Each replica is asked by itself, and says how much room its own disk has. Gateways are asked where they listen; of those that listen on every \
            address, at the host of their place on the bus (`gateway.bus`). The disks of databases are not looked at.
            """
    )

    @Option(help: "What users ask, e.g. https://example.org: its certificate is looked at too.") var origin: String?
    @Option(help: "Authorities that vouch for it, besides the system's: a PEM file.") var caFile: String?
    @Option(help: "Seconds that an event may wait for a consumer.") var lag = 60.0
    @Option(help: "Percent of the disk that have to be free.") var free = 5.0
    @Option(
        help:
            "Days that the certificate has to be good for; a quarter of its life, and 14 at most, where nothing is said."
    )
    var days: Double?
    @Option(
        help:
            "Seconds that comparing the index with its source may take; 0 leaves it out, for a probe every few seconds."
    )
    var digests = 60.0
    @Flag(help: "Only what FAILED.") var quiet = false
    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func validate() throws {
        guard digests >= 0, digests <= 86_400 else { throw ValidationError("--digests must be 0 to 86400 seconds.") }
    }

    func run() async throws {
        var (limits, client) = (Checkup.Limits(), HTTPClient.Configuration())
        (limits.lag, limits.free, limits.days, client.authorityFile) = (lag, free, days, caFile)
        limits.digests = .seconds(digests)
        let http = HTTPClient(client)
        var failed = 0
        let speaker = Speaker()
        let examined = await asyncResult {
            try await ecosystem.join(as: peer) { [limits, peer, origin] node, topology in
                let checkup = Checkup(
                    topology,
                    as: peer.name,
                    limits: limits,
                    origin: origin,
                    http: http,
                    logger: .quiet
                )
                try await checkup.examine(by: node) { finding in
                    if !finding.isGood { failed += 1 }
                    if !quiet || !finding.isGood { speaker.say(finding.line) }
                }
            }
        }
        if case .failure(let error) = examined {
            complain("\(error)")
            throw ExitCode(2)
        }
        try speaker.finish()
        if failed > 0 { throw ExitCode.failure }
    }
}

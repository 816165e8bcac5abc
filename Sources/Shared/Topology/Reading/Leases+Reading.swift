// The section `leases`, and what it must not be beside.

extension Topology.Leases {
    /// Where nothing is said the length is no more than `longestDefault`; none where that is too short.
    init(reading section: Section, longestDefault: Duration) {
        self.init()
        length = longestDefault < Topology.shortestLease ? .zero : min(length, longestDefault)
        section.read("length", .duration(.zero...(.seconds(60))), into: &length)
        section.read("holders", .integer(1...10_000), into: &holders)
        section.read("history", .integer(1...1_000_000), into: &history)
        section.finish()
    }
}

extension Topology {
    /// The shortest lease: four requests a lease, from each gateway to each service.
    fileprivate static let shortestLease = Duration.milliseconds(100)

    func checkLeases(_ findings: Findings) {
        guard leases.length > .zero else { return }
        if leases.length < Self.shortestLease {
            let least = "0s (off) or at least \(Self.shortestLease.text)"
            findings.add("must be \(least), got \(leases.length.text)", path: "leases.length")
        }
        // A revocation that waits for a dead gateway has to be answered before whoever asked gives up.
        let waits = [("gateway.request_timeout", gateway.requestTimeout), ("bus.call_timeout", bus.callTimeout)]
        for (path, time) in waits where leases.length * 2 > time {
            findings.add(
                "must be at most half of \(path) (\(time.text)), got \(leases.length.text)",
                path: "leases.length"
            )
        }
    }
}

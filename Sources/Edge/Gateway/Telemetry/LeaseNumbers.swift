// How the gateway comes to its verdicts: from what it holds, or by asking. A line a service.

enum LeaseNumbers {
    static func text(of leases: [VerdictLease]) -> String {
        let all = leases.map { (service: $0.service, numbers: $0.numbers) }
        let held = all.map { ("service=\"\($0.service)\",source=\"held\"", $0.numbers.counts.held) }
        let asked = all.map { ("service=\"\($0.service)\",source=\"asked\"", $0.numbers.counts.asked) }
        return series("verdicts_total", "Verdicts of identity, by where they came from.", "counter", held + asked)
            + series(
                "verdicts_held",
                "Verdicts in memory.",
                "gauge",
                all.map { (label($0.service), $0.numbers.verdicts) }
            )
            + series(
                "lease",
                "Whether verdicts in memory may be used.",
                "gauge",
                all.map { (label($0.service), $0.numbers.hasLease ? 1 : 0) }
            )
            + series(
                "lease_renewals_total",
                "Answers to requests for a lease.",
                "counter",
                all.map { (label($0.service), $0.numbers.counts.renewals) }
            )
    }

    private static func label(_ service: String) -> String { "service=\"\(service)\"" }

    private static func series(_ suffix: String, _ help: String, _ type: String, _ lines: [(String, Int)]) -> String {
        let name = "fountain_gateway_\(suffix)"
        let text = lines.map { "\(name){\($0.0)} \($0.1)\n" }.sorted().joined()
        return "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n" + text
    }
}

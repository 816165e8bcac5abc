// The gateway's sections `proxies`, `allowances`, `cors`, `compression` and `events`.

extension Topology.Gateway {
    mutating func readProtection(_ section: Section, _ kind: Topology.Kind) {
        proxies = Proxies(reading: section.section("proxies"))
        allowances = Allowances(reading: section.section("allowances"), kind)
        crossOrigin = CrossOrigin(reading: section.section("cors"))
        compression = Compression(reading: section.section("compression"))
        events = EventStreams(reading: section.section("events"), kind)
    }
}

extension Topology.Gateway.Proxies {
    fileprivate init(reading section: Section) {
        self.init()
        section.read("header", .choice(), into: &word)
        if section.contains("trusted") { trusted = section.values("trusted", .network) }
        section.finish()
    }
}

extension Topology.Gateway.Allowances {
    fileprivate init(reading section: Section, _ kind: Topology.Kind) {
        self = kind == .production ? .production : Self()
        Self.read("address", section, &address)
        Self.read("principal", section, &principal)
        Self.read("key", section, &key)
        section.read("max_callers", .integer(16...10_000_000), into: &maxCallers)
        let each = section.section("operations")
        for name in each.keys {
            var allowance: Topology.Gateway.Allowance?
            Self.read(name, each, &allowance)
            operations[name] = allowance
        }
        each.finish()
        section.finish()
    }

    private static func read(_ key: String, _ section: Section, _ allowance: inout Topology.Gateway.Allowance?) {
        guard section.contains(key) else { return _ = section.section(key) }
        let own = section.section(key)
        let burst = own.value("burst", .integer(1...1_000_000))
        if let rate = own.required("rate", .rate) {
            allowance = rate
            if let burst { allowance?.burst = burst }
        }
        own.finish()
    }
}

extension Topology.Gateway.CrossOrigin {
    fileprivate init(reading section: Section) {
        self.init()
        if section.contains("origins") { origins = section.values("origins", .origin) }
        section.read("max_age", .duration(.zero...(.seconds(86_400))), into: &maxAge)
        section.finish()
    }
}

extension Topology.Gateway.Compression {
    fileprivate init(reading section: Section) {
        self.init()
        section.read("from", .size(0...1 << 20), into: &from)
        section.read("to", .size(0...32 << 20), into: &to)
        section.read("at_once", .integer(0...1024), into: &atOnce)
        section.finish()
    }
}

extension Topology.Gateway.EventStreams {
    fileprivate init(reading section: Section, _ kind: Topology.Kind) {
        self = kind == .production ? .production : Self()
        section.read("max_streams", .integer(1...100_000), into: &maxStreams)
        section.read("max_streams_per_client", .integer(1...100_000), into: &maxStreamsPerClient)
        section.read("max_streams_per_principal", .integer(1...100_000), into: &maxStreamsPerPrincipal)
        section.read("buffer", .size(16 << 10...64 << 20), into: &buffer)
        section.read("send_timeout", .duration(.milliseconds(100)...(.seconds(3600))), into: &sendTimeout)
        section.read("keep_alive", .duration(.milliseconds(50)...(.seconds(3600))), into: &keepAlive)
        section.read("retry", .duration(.milliseconds(10)...(.seconds(3600))), into: &retry)
        section.read("recheck", .duration(.milliseconds(50)...(.seconds(3600))), into: &recheck)
        section.read("memory", .size(64 << 10...1 << 30), into: &memory)
        section.read("reads", .integer(1...1_000), into: &reads)
        section.finish()
    }
}

extension Rule where Value == IPNetwork {
    fileprivate static var network: Rule {
        Rule("an IP address or a range of them, such as 10.0.0.0/8") { IPNetwork($0) }
    }
}

extension Rule where Value == Topology.Gateway.Allowance? {
    /// `none` takes a default away.
    fileprivate static var rate: Rule {
        Rule("a rate such as 100/s, 30/m or 500/h, or none") { text in
            if text == "none" { return .some(nil) }
            let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
                Substring.init
            )
            guard parts.count == 2, let count = Int(digits: parts[0]), (1...1_000_000).contains(count),
                let seconds = ["s": 1, "m": 60, "h": 3600][parts[1]]
            else { return nil }
            return .some(Topology.Gateway.Allowance(count: count, period: .seconds(seconds), burst: count))
        }
    }
}

extension Rule where Value == String {
    fileprivate static var origin: Rule {
        Rule("an origin such as https://app.example: scheme, host and port, small letters, nothing behind them") {
            text in
            let schemes = ["https://", "http://"]
            guard let scheme = schemes.first(where: { text.utf8.starts(with: $0.utf8) }) else { return nil }
            let authority = Substring(text.utf8.dropFirst(scheme.utf8.count))
            let isPlain = authority.utf8.allSatisfy { !"/?#@*\\ ".utf8.contains($0) && (0x21...0x7E).contains($0) }
            return !authority.isEmpty && isPlain && authority.lowercased() == authority ? text : nil
        }
    }
}

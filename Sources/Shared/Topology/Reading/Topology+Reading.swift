// The file as a whole, section by section. Sections that others lean on are read first: services need the bus's transport
// and the data directory, the gateway's authority needs to know which services there are.

extension Topology {
    init(reading root: Section, dataDirectory: String?) {
        name = root.required("name", .name) ?? "unnamed"
        kind = root.value("kind", .choice()) ?? .local
        let written = root.value("data_dir", .path)
        self.dataDirectory = dataDirectory ?? written ?? "var/\(name)"
        bus = Bus(reading: root.section("bus"))
        stores = Stores(reading: root.section("stores"))
        services = Service.all(
            reading: root.section("services"),
            kind: kind,
            transport: bus.transport,
            dataDirectory: self.dataDirectory
        )
        peers = Peer.all(reading: root.section("peers"))
        keyManagement = KeyManagement(reading: root.section("kms"), kind: kind)
        twoFactor = TwoFactor(reading: root.section("two_factor"))
        search = Search(reading: root.section("search"))
        log = Log(reading: root.section("log"))
        telemetry = Telemetry(reading: root.section("telemetry"))
        let front = root.section("gateway")
        gatewayReplicas = Replica.gateways(reading: front, transport: bus.transport, dataDirectory: self.dataDirectory)
        gateway = Gateway(
            reading: front,
            kind: kind,
            services: services.map(\.name),
            issuer: keyManagement.issuer,
            audience: keyManagement.audience
        )
        leases = Leases(
            reading: root.section("leases"),
            longestDefault: min(gateway.requestTimeout, bus.callTimeout) / 2
        )
        root.finish()
    }
}

extension Topology.Bus {
    init(reading section: Section) {
        self.init()
        section.read("transport", .choice(), into: &transport)
        section.read("plaintext", .flag, into: &plaintext)
        section.read("heartbeat", .duration(.milliseconds(10)...(.seconds(60))), into: &heartbeat)
        section.read("liveness", .duration(.milliseconds(20)...(.seconds(600))), into: &liveness)
        section.read("call_timeout", .duration(.milliseconds(10)...(.seconds(3600))), into: &callTimeout)
        section.read("clock_tolerance", .duration(.milliseconds(1)...(.seconds(3600))), into: &clockTolerance)
        section.read("name_timeout", .duration(.milliseconds(10)...(.seconds(600))), into: &nameTimeout)
        section.read("answer_grace", .duration(.zero...(.seconds(60))), into: &answerGrace)
        section.read("max_message", .size(1 << 10...64 << 20), into: &maxMessage)
        section.read("high_water_mark", .integer(1...1_000_000), into: &highWaterMark)
        section.read("event_buffer", .integer(1...1_000_000), into: &eventBuffer)
        section.read("event_buffer_size", .size(64 << 10...1 << 30), into: &eventBufferSize)
        section.read("busy_poll", .duration(.zero...(.milliseconds(10))), into: &busyPoll)
        section.read("drain_timeout", .duration(.milliseconds(10)...(.seconds(3600))), into: &drainTimeout)
        let retention = section.section("retention")
        let (count, age) = (1...1_000_000_000, Duration.seconds(1)...(.seconds(3650 * 86_400)))
        retention.read("events", .integer(count), into: &self.retention.events)
        retention.read("age", .duration(age), into: &self.retention.age)
        retention.read("consumer_events", .integer(count), into: &self.retention.consumerEvents)
        retention.read("consumer_age", .duration(age), into: &self.retention.consumerAge)
        retention.finish()
        let spans = section.section("spans")
        spans.read("recent", .integer(0...1_000_000), into: &self.spans.recent)
        spans.read("notable", .integer(0...1_000_000), into: &self.spans.notable)
        spans.read("slow", .duration(.zero...(.seconds(3600))), into: &self.spans.slow)
        spans.finish()
        limits = Limits(reading: section.section("limits"))
        let calls = section.section("max_outstanding_calls")
        calls.read("per_service", .integer(1...1_000_000), into: &maxOutstandingCalls.perService)
        calls.read("per_caller", .integer(1...1_000_000), into: &maxOutstandingCalls.perCaller)
        calls.finish()
        section.finish()
    }
}

extension Topology.Log {
    init(reading section: Section) {
        self.init()
        section.read("buffer", .size(4 << 10...1 << 30), into: &buffer)
        section.read("interval", .duration(.zero...(.seconds(1))), into: &interval)
        section.read("flush_timeout", .duration(.zero...(.seconds(60))), into: &flushTimeout)
        section.finish()
    }
}

extension Topology.Telemetry {
    init(reading section: Section) {
        self.init()
        // Nothing else here does anything without it. An empty one leaves the choice to the environment.
        if !section.keys.isEmpty, let url = section.required("otlp", .collectorURL) { otlp = url.isEmpty ? nil : url }
        section.read("ca_file", .path, into: &authorityFile)
        section.read("queue", .integer(16...1_000_000), into: &queue)
        section.read("batch", .integer(1...10_000), into: &batch)
        section.read("interval", .duration(.milliseconds(10)...(.seconds(60))), into: &interval)
        section.read("timeout", .duration(.milliseconds(100)...(.seconds(60))), into: &timeout)
        section.read("give_up", .duration(.zero...(.seconds(3600))), into: &giveUp)
        section.read("drain_timeout", .duration(.zero...(.seconds(60))), into: &drainTimeout)
        section.finish()
    }
}

extension Topology.Bus.Limits {
    init(reading section: Section) {
        self.init()
        let (bytes, count) = (64 << 10...16 << 30, 1...1_000_000)
        section.read("batch", .size(64 << 10...64 << 20), into: &batch)
        section.read("batch_messages", .integer(128...1_000_000), into: &batchMessages)
        section.read("builtin_input", .size(1 << 10...64 << 20), into: &builtinInput)
        section.read("in_hand", .size(bytes), into: &inHand)
        section.read("in_hand_per_service", .size(bytes), into: &inHandPerService)
        section.read("unread_answers", .size(bytes), into: &unreadAnswers)
        section.read("unread_answers_per_peer", .size(bytes), into: &unreadAnswersPerPeer)
        section.read("incomplete_message", .size(bytes), into: &incompleteMessage)
        section.read("connections_per_peer", .integer(count), into: &connectionsPerPeer)
        // Less does not let a handshake through.
        section.read("subscription", .size(512...64 << 10), into: &subscription)
        section.read("subscriptions_per_connection", .integer(count), into: &subscriptionsPerConnection)
        section.read("consumers_per_peer", .integer(count), into: &consumersPerPeer)
        section.read("unread_events", .size(bytes), into: &unreadEvents)
        section.read("turn", .size(bytes), into: &turn)
        section.finish()
    }
}

extension Topology.Gateway {
    init(reading section: Section, kind: Topology.Kind, services: [String], issuer: String, audience: String) {
        self.init()
        section.read("listen", .address, into: &listen)
        if section.contains("hosts") { hosts = section.values("hosts", .host).map { $0.lowercased() } }
        section.read("threads", .integer(1...64), into: &threads)
        section.read("max_body", .size(1 << 10...32 << 20), into: &maxBody)
        section.read("max_discard", .size(0...1 << 30), into: &maxDiscard)
        section.read("max_header", .size(1 << 10...1 << 20), into: &maxHeader)
        section.read("token_memory", .size(0...1 << 30), into: &tokenMemory)
        section.read("verdict_memory", .size(0...1 << 30), into: &verdictMemory)
        section.read("max_target", .size(256...1 << 20), into: &maxTarget)
        section.read("max_parameters", .integer(1...10_000), into: &maxParameters)
        section.read("max_fields", .integer(8...10_000), into: &maxFields)
        section.read("max_cookies", .integer(1...10_000), into: &maxCookies)
        section.read("max_connections", .integer(1...100_000), into: &maxConnections)
        section.read("max_connections_per_client", .integer(1...100_000), into: &maxConnectionsPerClient)
        section.read("head_timeout", .duration(.milliseconds(10)...(.seconds(3600))), into: &headTimeout)
        section.read("receive_timeout", .duration(.milliseconds(10)...(.seconds(3600))), into: &receiveTimeout)
        section.read("max_in_flight", .integer(1...100_000), into: &maxInFlight)
        section.read("request_timeout", .duration(.milliseconds(10)...(.seconds(3600))), into: &requestTimeout)
        section.read("idle_timeout", .duration(.seconds(1)...(.seconds(3600))), into: &idleTimeout)
        section.read("notice", .duration(.zero...(.seconds(600))), into: &notice)
        section.read("drain_timeout", .duration(.milliseconds(10)...(.seconds(3600))), into: &drainTimeout)
        section.read("unfinished_timeout", .duration(.zero...(.seconds(600))), into: &unfinishedTimeout)
        section.read("queue_timeout", .duration(.milliseconds(1)...(.seconds(600))), into: &queueTimeout)
        section.read("require_conditions", .flag, into: &requireConditions)
        readProtection(section, kind)
        authority = Authority(section.section("authority"), services, issuer: issuer, audience: audience)
        section.finish()
    }
}

extension Topology.Gateway.Authority {
    /// What the built-in services answer is asked of them without being told to, as far as they are there.
    init(_ section: Section, _ services: [String], issuer: String, audience: String) {
        jwks = services.contains("kms") ? "kms.jwks" : nil
        apiKeys = services.contains("kms") ? "kms.keys.verify" : nil
        stepUp = services.contains("2fa") ? "2fa.status" : nil
        tokens = services.contains("kms") ? "kms.tokens.check" : nil
        leases = ["kms", "2fa"].filter(services.contains).map { "\($0).leases.follow" }
        self.issuer = issuer
        self.audience = audience
        section.read("jwks", .operation, into: &jwks)
        section.read("api_keys", .operation, into: &apiKeys)
        section.read("step_up", .operation, into: &stepUp)
        section.read("tokens", .operation, into: &tokens)
        if section.contains("leases") { leases = section.values("leases", .operation) }
        section.read("issuer", .text, into: &self.issuer)
        section.read("audience", .text, into: &self.audience)
        section.finish()
    }
}

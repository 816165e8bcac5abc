// The sections of the built-in services: kms, two_factor, search.

extension Topology.KeyManagement {
    init(reading section: Section, kind: Topology.Kind) {
        self.init()
        if kind == .production { adminStepUp = .always }
        section.read("first_admin", .choice(), into: &firstAdmin)
        section.read("issuer", .text, into: &issuer)
        section.read("audience", .text, into: &audience)
        section.read("access_token_ttl", .duration(.seconds(1)...(.seconds(86_400))), into: &accessTokenLifetime)
        section.read(
            "refresh_token_ttl",
            .duration(.seconds(1)...(.seconds(365 * 86_400))),
            into: &refreshTokenLifetime
        )
        section.read("hash_concurrency", .integer(1...64), into: &hashConcurrency)
        section.read("hash_queue", .integer(0...10_000), into: &hashQueue)
        section.read("admin_step_up", .choice(), into: &adminStepUp)
        section.read("record_memory", .size(0...1 << 30), into: &recordMemory)
        let cost = section.section("scrypt")
        cost.read("ln", .integer(1...20), into: &scrypt.ln)
        cost.read("r", .integer(1...32), into: &scrypt.r)
        cost.read("p", .integer(1...16), into: &scrypt.p)
        cost.finish()
        section.finish()
    }
}

extension Topology.TwoFactor {
    init(reading section: Section) {
        self.init()
        section.read("issuer", .text, into: &issuer)
        section.read("code_ttl", .duration(.seconds(10)...(.seconds(3600))), into: &codeLifetime)
        section.read("code_digits", .integer(6...8), into: &codeDigits)
        section.read("algorithm", .choice(), into: &algorithm)
        section.read("attempts", .integer(1...20), into: &attempts)
        // Both may stand there, so that one file can leave the choice to the environment; only the one that is chosen is read.
        if section.contains("delivery") { for key in ["smtp", "twilio"] { _ = section.section(key) } }
        switch section.value("delivery", .choice(["log", "sink", "smtp", "twilio"]) { $0 }) {
        case "sink": delivery = .sink
        case "smtp": delivery = .smtp(SMTP(reading: section.section("smtp")))
        case "twilio": delivery = .twilio(Twilio(reading: section.section("twilio")))
        default: delivery = .log
        }
        section.finish(note: "; `smtp` and `twilio` only beside `delivery`")
    }
}

extension Topology.TwoFactor.SMTP {
    fileprivate init(reading section: Section) {
        self.init()
        let reason = " and delivery is smtp"
        server.host = section.required("host", .host, because: reason) ?? ""
        section.read("port", .integer(1...65_535), into: &server.port)
        section.read("starttls", .flag, into: &startTLS)
        section.read("username", .textOrNothing, into: &username)
        section.read("password_file", .path, into: &passwordFile)
        // An environment without a name for it: no log-in, and no password is read.
        if username?.isEmpty == true { (username, passwordFile) = (nil, nil) }
        from = section.required("from", .text, because: reason) ?? ""
        section.read("ca_file", .path, into: &caFile)
        section.finish()
        if (username == nil) != (passwordFile == nil), !section.keys.isEmpty {
            let (given, absent) = username == nil ? ("password_file", "username") : ("username", "password_file")
            section.findings.add("needs `\(absent)` beside it", path: section.path(to: given))
        }
    }
}

extension Topology.TwoFactor.Twilio {
    fileprivate init(reading section: Section) {
        self.init()
        let reason = " and delivery is twilio"
        section.read("base_url", .httpURL, into: &baseURL)
        accountSID = section.required("account_sid", .text, because: reason) ?? ""
        tokenFile = section.required("token_file", .path, because: reason) ?? ""
        from = section.required("from", .text, because: reason) ?? ""
        section.finish()
    }
}

extension Topology.Search {
    init(reading section: Section) {
        self.init()
        section.read("collection", .name, into: &collection)
        section.read("prefix", .name, into: &prefix)
        section.read("check_interval", .duration(.milliseconds(100)...(.seconds(600))), into: &checkInterval)
        section.read("verify_interval", .duration(.milliseconds(100)...(.seconds(86_400))), into: &verifyInterval)
        section.read("connect_timeout", .duration(.milliseconds(100)...(.seconds(60))), into: &connectTimeout)
        section.read("stall_timeout", .duration(.seconds(1)...(.seconds(600))), into: &stallTimeout)
        section.read("batch", .integer(1...10_000), into: &batch)
        section.read("max_hits", .integer(1...250), into: &maxHits)
        section.read("max_found", .integer(250...100_000_000), into: &maxFound)
        section.read("node_rest", .duration(.milliseconds(100)...(.seconds(600))), into: &nodeRest)
        section.read("max_wait", .duration(.zero...(.seconds(30))), into: &maxWait)
        section.read("typo_steps", .integer(100...1_000_000), into: &typoSteps)
        section.read("typo_words", .integer(1...1000), into: &typoWords)
        section.read("max_collections", .integer(0...10_000), into: &maxCollections)
        section.read("max_fields", .integer(1...500), into: &maxFields)
        section.read("max_documents", .integer(1...100_000_000), into: &maxDocuments)
        section.read("document_size", .size(1 << 10...64 << 10), into: &documentSize)
        section.read("max_import", .integer(1...10_000), into: &maxImport)
        if section.value("engine", .choice(["builtin", "typesense"]) { $0 }) == "typesense" {
            let reason = " and engine is typesense"
            let url = section.required("url", .httpURL, because: reason) ?? ""
            let keyFile = section.required("api_key_file", .path, because: reason) ?? ""
            engine = .typesense(urls: [url] + section.values("more_urls", .httpURL), apiKeyFile: keyFile)
            section.read("search_key_file", .path, into: &searchKeyFile)
        }
        section.finish(note: "; `url`, `more_urls`, `api_key_file` and `search_key_file` only with engine: typesense")
    }
}

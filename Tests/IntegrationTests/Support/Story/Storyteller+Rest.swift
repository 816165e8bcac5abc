// When the crowd has gone: what is there, all of it, page by page, once everybody who follows has come to the end of the log.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Histories

extension Storyteller {
    func rest(_ story: inout Story, _ subscription: Subscription) async throws {
        let log = try await head()
        story.head = log.head
        while story.offsets.last ?? 0 < log.head, let events = try await subscription.next() {
            story.offsets += events.map(\.offset)
            story.told += try events.map { try $0.decode(SequenceOperations.changed) }
                .filter { $0.kind == .created }.compactMap { $0.element?.key }
        }
        await subscription.close()
        for type in ["script", "action", "character"] {
            for (key, element) in try await elements(of: type) { story.elements[key] = element }
        }
        try await followed(to: "\(log.epoch):\(log.head)")
        story.index = try await indexed()
        story.versions = try await versions()
        (story.audit, story.chain) = try await audit()
        let word = try await root.get("/kms/audit/verify")
        try word.require(200)
        story.isWhole = word["whole"] == .bool(true)
        story.left = try await lags()
    }

    /// How far those who follow by name are behind, once that is 0 or they have had their time.
    private func lags() async throws -> [String: UInt64] {
        let end = calls.now + Self.patience
        while true {
            try Task.checkCancellation()
            let stats = try? await node.call(BusOperations.stats, Empty(), on: "service_a")
            let consumers = stats?.topics.flatMap { $0.consumers ?? [] } ?? []
            let left = consumers.filter { $0.lagEvents > 0 || $0.gapsUnfilled > 0 }
            if calls.now > end || (!consumers.isEmpty && left.isEmpty) {
                return Dictionary(
                    left.map { ("the lag of \($0.consumer)", max($0.lagEvents, $0.gapsUnfilled)) },
                    uniquingKeysWith: max
                )
            }
        }
    }

    private func head() async throws -> TopicHead {
        while true {
            do { return try await node.head(of: SequenceOperations.changed) } catch is Failure {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    /// The index says by itself how far it has come.
    private func followed(to offset: String) async throws {
        let query: JSONValue = ["q": "*", "query_by": "comment", "max_hits": 1]
        var answer: EdgeClient.Answer?
        while answer?.status != 200 {
            try Task.checkCancellation()
            answer = try? await user.post("/typesense_client/search", query, headers: [("Fountain-Offset", offset)])
        }
    }

    private func elements(of type: String) async throws -> [(String, Story.Element)] {
        try await pages("/service_a/sequence?elementType=\(type)&limit=1000", "elements", user).map { element in
            let (number, version) = (element["sequenceNumber"].integer ?? 0, element["versionNumber"].integer ?? 0)
            let digest = "\(number) \(version) \(element["comment"].string ?? "")"
            return ("\(type)_\(element["elementId"].integer ?? 0)", .init(number: UInt64(number), digest: digest))
        }
    }

    private func versions() async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for id in 1...8 {
            let path = "/service_a/sequence/action/\(id)/versions?limit=1000"
            for version in try await pages(path, "versions", user) {
                let comment = version["comment"].string ?? ""
                if comment.hasPrefix("v-") { counts[comment, default: 0] += 1 }
            }
        }
        return counts
    }

    /// What it says of keys that were made, replaced and deleted, and all of it by number.
    func audit() async throws -> (onKeys: [String], chain: [Int: AuditCheck.Link]) {
        var (entries, chain, last): ([String], [Int: AuditCheck.Link], Int) = ([], [:], 0)
        while true {
            let page = try await root.get("/kms/audit?limit=1000&after=\(last)")
            try page.require(200)
            guard let number = page["entries"].items.last?["number"].integer else { return (entries, chain) }
            last = number
            for entry in page["entries"].items { chain[entry["number"].integer ?? 0] = AuditCheck.Link(entry) }
            entries += page["entries"].items.filter { $0["outcome"] == "ok" }
                .map { "\($0["operation"].string ?? "") \($0["subject"].string ?? "")" }
                .filter { $0.hasPrefix("kms.keys.") }
        }
    }

    private func pages(_ path: String, _ member: String, _ client: EdgeClient) async throws -> [JSONValue] {
        var (all, after): ([JSONValue], String) = ([], "")
        while true {
            let page = try await client.get(path + after)
            try page.require(200)
            all += page[member].items
            let next = page["next"].string ?? page["next"].integer.map(String.init)
            guard let next else { return all }
            after = "&after=\(next)"
        }
    }

    /// A type at a time: of two documents with one number nobody says which comes first.
    private func indexed() async throws -> [String: String] {
        var index: [String: String] = [:]
        for type in ["script", "action", "character"] {
            var number = 1
            while true {
                let query: JSONValue = [
                    "q": "*", "query_by": "comment", "filter_by": .string("element_type:=\(type)"),
                    "sort_by": "sequence_number:asc", "per_page": 100, "page": .integer(number),
                ]
                let page = try await user.post("/typesense_client/search", query)
                try page.require(200)
                for hit in page["hits"].items { index[hit["id"].string ?? ""] = Self.digest(hit) }
                // `found` counts to `search.max_found`, and pages go on behind it.
                guard page["hits"].items.count == 100 else { break }
                number += 1
            }
        }
        return index
    }

    private static func digest(_ hit: JSONValue) -> String {
        let (number, version) = (hit["sequence_number"].integer ?? 0, hit["version_number"].integer ?? 0)
        return "\(number) \(version) \(hit["comment"].string ?? "")"
    }
}

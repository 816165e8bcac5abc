// What a client asks of `/events`, read from its query and its `Last-Event-ID`; whatever is not known there is refused.
//
//     /events?topic=sequence.changed&key=script_1&key_prefix=hamlet/&last_event_id=77:42&version=2
//
// A browser connects again to the same address, with the header: so the header counts for more than the query, and a position for more
// than `from`.

internal import Bus
internal import HTTPServer
internal import StreamSafe

struct EventsRequest: Sendable, Equatable {
    enum Start: Sendable, Equatable {
        /// With what comes from now on.
        case live
        /// With the oldest event that is kept.
        case earliest
        /// Behind an event.
        case after(LogPosition)
    }

    let topic: String
    let keys: KeyFilter
    let start: Start
    /// The version of the topic that the client reads; nil for any.
    let version: Int?

    static let parameters = ["topic", "key", "key_prefix", "last_event_id", "from", "version"]
    /// Keys and prefixes of keys, each.
    static let mostKeys = 16

    init(_ request: HTTPRequest) throws(Failure) {
        guard request.body.isEmpty else { throw .invalid("body", "must be empty: \(request.method) takes none") }
        let query = Query(request.query)
        try query.checkNames()
        guard let topic = try query.one("topic"), !topic.isEmpty else { throw .invalid("topic", "is required") }
        self.topic = topic
        keys = KeyFilter(keys: try query.several("key"), prefixes: try query.several("key_prefix"))
        version = try query.one("version").map { text throws(Failure) in try Self.version(text) }
        start = try Self.start(request.headers, query)
    }

    private static func start(_ fields: HTTPFields, _ query: Query) throws(Failure) -> Start {
        let told = fields.all("Last-Event-ID")
        guard told.count <= 1 else { throw .invalid("Last-Event-ID", "must be sent once") }
        if let id = told.first, !id.isEmpty { return .after(try position(id, "Last-Event-ID")) }
        if let id = try query.one("last_event_id"), !id.isEmpty { return .after(try position(id, "last_event_id")) }
        switch try query.one("from") {
        case nil, "live": return .live
        case "earliest": return .earliest
        default: throw .invalid("from", "must be live or earliest")
        }
    }

    private static func position(_ text: String, _ name: String) throws(Failure) -> LogPosition {
        guard let position = LogPosition(text) else {
            throw .invalid(name, "must be an id that came with an event: epoch and offset, such as 77:42")
        }
        return position
    }

    private static func version(_ text: String) throws(Failure) -> Int {
        guard let version = Int(text), (1...1_000_000).contains(version), "\(version)" == text else {
            throw .invalid("version", "must be an integer from 1")
        }
        return version
    }
}

/// Which events of a topic are wanted: those whose key is one of these, or begins with one; all, where nothing is named.
struct KeyFilter: Sendable, Equatable {
    private let keys: Set<ExactText>
    private let prefixes: [String]

    init(keys: [String], prefixes: [String]) {
        (self.keys, self.prefixes) = (Set(keys.map(ExactText.init)), prefixes)
    }

    var isOpen: Bool { keys.isEmpty && prefixes.isEmpty }

    func wants(_ key: String) -> Bool {
        isOpen || keys.contains(ExactText(key)) || prefixes.contains { key.utf8.starts(with: $0.utf8) }
    }
}

/// A query's parameters by name.
private struct Query {
    let values: [String: [String]]

    init(_ pairs: [(name: String, value: String)]) {
        values = Dictionary(grouping: pairs, by: \.name).mapValues { $0.map(\.value) }
    }

    func checkNames() throws(Failure) {
        let unknown = values.keys.filter { !EventsRequest.parameters.contains($0) }.sorted()
        guard let first = unknown.first else { return }
        throw .invalid(String(first.prefix(64)), "is not a known field")
    }

    func one(_ name: String) throws(Failure) -> String? {
        let all = values[name] ?? []
        guard all.count <= 1 else { throw .invalid(name, "must be given once") }
        return all.first
    }

    func several(_ name: String) throws(Failure) -> [String] {
        let all = values[name] ?? []
        guard all.count <= EventsRequest.mostKeys, !all.contains("") else {
            throw .invalid(name, "must be given at most \(EventsRequest.mostKeys) times, and not be empty")
        }
        return all
    }
}

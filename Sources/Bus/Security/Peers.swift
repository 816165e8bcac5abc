// Who is on the bus, and what each may do there: the topology's `peers`, as the bus needs it.

/// What a peer may call or subscribe to: a name (`kms.login`), or all that begin so (`kms.*`).
public struct Grant: Sendable, Hashable, CustomStringConvertible {
    /// The name, or the beginning and `.*`, as it was written.
    public let description: String
    private let isPrefix: Bool
    private var stem: Substring.UTF8View { description.utf8.dropLast(isPrefix ? 1 : 0) }

    /// Takes any text: whether something of that name exists shows only when it is asked for.
    public init(_ text: String) {
        description = text
        isPrefix = text.utf8.suffix(2).elementsEqual(".*".utf8)
    }

    /// Whether it names exactly this and not a family that this belongs to.
    func names(_ name: String) -> Bool { name.utf8.elementsEqual(description.utf8) }

    func covers(_ name: String) -> Bool { isPrefix ? name.utf8.starts(with: stem) : names(name) }

    /// Whether it covers everything that begins so.
    func coversAll(beginningWith prefix: String) -> Bool { isPrefix && prefix.utf8.starts(with: stem) }
}

/// One peer: its keys, any of which proves that it is itself, and what it may do.
public struct Peer: Sendable, Equatable {
    /// More than one while a key is being replaced.
    public var publicKeys: [PeerKey]
    /// Operations that it may call. A family covers what is there for principals; what only peers may call is named in
    /// full.
    public var mayCall: [Grant]
    /// Topics that it may follow.
    public var maySubscribe: [Grant]

    /// Grants are what is said here, and none that is not.
    public init(publicKeys: [PeerKey], mayCall: [Grant] = [], maySubscribe: [Grant] = []) {
        self.publicKeys = publicKeys
        self.mayCall = mayCall
        self.maySubscribe = maySubscribe
    }

    /// Whether it may call an operation of that access, `nil` where the service has none of that name.
    ///
    /// A family (`kms.*`) covers what is there for principals. What only peers may call (`access: peer`) has to be granted by its full
    /// name: whoever brings users' requests shall not thereby mint tokens.
    package func isGranted(_ operation: String, _ access: Access?) -> Bool {
        if Self.open.contains(operation) { return true }
        return mayCall.contains { access == .peer ? $0.names(operation) : $0.covers(operation) }
    }

    /// What every peer may ask of every service: whether it is there, and what it can do. What is about a topic is decided by the topic.
    private static let open: Set<String> = [
        BusOperations.ping.name, BusOperations.info.name, BusOperations.replay.name, BusOperations.join.name,
        BusOperations.acknowledge.name,
    ]

    /// Whether it may have a topic, or all topics with a prefix (`sequence.*`).
    package func isGranted(topic pattern: String) -> Bool {
        guard pattern.utf8.last == UInt8(ascii: "*") else { return maySubscribe.contains { $0.covers(pattern) } }
        return maySubscribe.contains { $0.coversAll(beginningWith: String(Substring(pattern.utf8.dropLast()))) }
    }
}

/// All peers, by name. A service's name is its name in the directory.
public typealias Peers = [String: Peer]

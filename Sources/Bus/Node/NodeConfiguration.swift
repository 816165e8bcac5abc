// The numbers a node is held to, and where the services of its ecosystem are.

public import Logging
internal import ZeroMQ

/// The numbers and addresses of a `Node`. Fixed once the node is made.
public struct NodeConfiguration: Sendable {
    /// This peer's name on the bus, as callers' handlers see it.
    public var name: String
    /// Where each service is: one address a replica.
    public var directory: [String: [ServiceAddress]]
    /// What a call may take where nothing else is said.
    public var callTimeout: Duration = .seconds(5)
    /// How much longer than its deadline a call waits for an outcome that it can only hear, not change any more.
    public var answerGrace: Duration = .milliseconds(500)
    /// How long a call waits for the first connection to a service before it hears `unavailable`.
    public var connectGrace: Duration = .seconds(2)
    /// How long the name of a host may take to be looked up before the attempt to connect counts as failed.
    public var nameTimeout: Duration = .seconds(5)
    var names = NameResolver.shared
    /// How often a link that is silent says that it is there; well below `liveness`.
    public var heartbeat: Duration = .seconds(1)
    /// Silence after which a peer counts as gone.
    public var liveness: Duration = .seconds(3)
    /// What the clock of another host may be off before somebody is told. Calls work all the same.
    public var clockTolerance: Duration = .seconds(1)
    /// Calls in hand, of all callers together and of one; beyond them the answer is `overloaded`.
    public var maxOutstanding = 4_096
    /// The same of one caller.
    public var maxOutstandingPerCaller = 1_024
    /// What one peer may cost the others.
    public var limits = BusLimits()
    /// Bytes of one message.
    public var maxMessageBytes = 4 << 20
    /// Messages per connection and direction that wait in libzmq.
    public var highWaterMark = 65_536
    /// Events of a topic that a subscription holds in memory; what comes beyond them is read from the publisher's log when there is room.
    public var eventBuffer = 16_384
    /// The same in bytes, whichever is reached first.
    public var eventBufferBytes = 8 << 20
    /// How long the node's loop looks for what comes next before it sleeps, while it comes that soon; zero is not at all. Shorter than a
    /// second.
    public var busyPoll: Duration = .microseconds(200)
    /// This peer's own key; over `tcp` there is nothing without it.
    public var keys: PeerKeyPair?
    /// For tests on one machine: without keys, `tcp` is refused unless this is set and the address is loopback.
    public var allowsPlaintextOnLoopback = false
    /// How long a connection may take to say who it is; one that says nothing is closed then.
    public var handshakeTimeout: Duration = .seconds(3)
    /// How much of its topics a publisher keeps, and how often it forgets the rest.
    public var retention = Retention()
    /// How often the log is pruned to `retention`.
    public var pruneInterval = Duration.seconds(30)
    /// How long finishing what is in hand may take at the end.
    public var drainTimeout: Duration = .seconds(5)
    /// Where the node writes; nothing of payloads, keys or tokens.
    public var logger = Logger(label: "fountain.bus")
    /// How much it remembers of its calls.
    public var spans = SpanLimits()
    /// Where several nodes of one process remember together.
    package var sharedSpans: SpanRing?
    /// Messages taken from one socket before the others get their turn.
    var receiveBatch = 256

    /// The other numbers are defaults until they are set.
    public init(name: String, directory: [String: [ServiceAddress]] = [:]) {
        self.name = name
        self.directory = directory
    }

    var tuning: SocketTuning {
        var tuning = SocketTuning()
        tuning.highWaterMark = Int32(clamping: highWaterMark)
        tuning.maxMessageBytes = Int64(maxMessageBytes)
        tuning.livenessMilliseconds = Int32(clamping: liveness.wholeMicroseconds / 1_000)
        tuning.handshakeMilliseconds = Int32(clamping: handshakeTimeout.wholeMicroseconds / 1_000)
        return tuning
    }

    /// For events, whose frames may carry a block each: fewer of them, so that the bytes that wait stay few.
    var eventTuning: SocketTuning {
        var tuning = tuning
        tuning.highWaterMark = max(1, tuning.highWaterMark / 8)
        return tuning
    }
}

extension NodeConfiguration {
    /// Bytes of a page of a log: large enough to make the costs of a question small, small enough for two of them in a subscriber's buffer.
    var pageBytes: Int { min(maxMessageBytes / 2, 1 << 20) }

    /// Bytes of a live frame of events.
    var liveFrameBytes: Int {
        let block = EventFrame.blockBytes(maxMessageBytes: maxMessageBytes)
        // A block with its topic, at least; and no more than a message.
        return min(maxMessageBytes, max(2 * block, limits.unreadEventBytes / Int(eventTuning.highWaterMark)))
    }
}

/// The two endpoints of one replica of a service: `ipc:///…`, `tcp://host:port`, `inproc://name`.
public struct ServiceAddress: Sendable, Hashable, Codable {
    /// ROUTER, for calls.
    public let calls: String
    /// XPUB, for events.
    public let events: String

    /// Addresses as libzmq takes them; `tcp://…:*` lets the kernel choose a port, for a service only.
    public init(calls: String, events: String) {
        self.calls = calls
        self.events = events
    }
}

/// What everything on one loop shares.
struct LoopEnvironment {
    let loop: PollLoop
    let bus: BusContext
    let configuration: NodeConfiguration
    /// Which life of this node: random at each start.
    let epoch: UInt64
    let clocks = ClockBoard()
    let spans: SpanRing
    var context: Context { bus.context }
    var logger: Logger { configuration.logger }
}

// One hop of a request as a service remembers it, and how somebody asks for it (`bus.spans`).
//
//     caller    called  ├────────────────────────────────┤            its `span` is the `parent` of
//     service   served      ├─ queue ─┼─ work ┬ disk ┤                 what is left over on both sides is the wire, and the loops beside it
//
// Times are of the clock of the service that says them.

/// A part of a request that one service or the gateway has measured.
public struct CallSpan: Codable, Sendable, Equatable {
    /// What was measured.
    public enum Kind: String, Codable, Sendable {
        /// A call that was answered, from its arrival until its answer.
        case served
        /// A call of another service, until its answer came. Each attempt is one: a call that was repeated has several of one `span`.
        case called
        /// An event that was followed, from its delivery until its effect was acknowledged.
        case followed
        /// An HTTP request at the gateway, until its answer.
        case requested
    }

    /// What was measured.
    public var kind: Kind
    /// 32 hexadecimal digits, the same in every hop of a request.
    public var trace: String
    /// 16 hexadecimal digits.
    public var span: String
    /// The span that this one is a part of, as far as it is known.
    public var parent: String?
    /// The operation, the topic, or method and route.
    public var name: String
    /// Who called; whom it called; who published.
    public var other: String
    /// Microseconds since 1970.
    public var beganAt: UInt64
    /// Microseconds from the arrival until the handler began; of an event from its commit until its delivery.
    public var queue: UInt64
    /// Microseconds in all.
    public var duration: UInt64
    /// The code of the error that it ended with; of an HTTP request the status, where that is 400 or more.
    public var error: String?
    /// The answer was an earlier one, under the same idempotency key.
    public var isRepeat: Bool
    /// Microseconds of `duration` in which what it had written was on its way to the disk, or to the database's; absent where it wrote nothing.
    public var disk: UInt64?
}

/// Which spans are asked for: those of a trace, or else the newest slow and failed ones.
public struct SpanQuery: Codable, Sendable, Equatable {
    /// 32 hexadecimal digits.
    public var trace: String?
    /// So many at most, 1 to 1,000; 100 where nothing is said.
    public var limit: Int?

    /// Without a trace: the newest slow and failed ones.
    public init(trace: String? = nil, limit: Int? = nil) {
        self.trace = trace
        self.limit = limit
    }
}

/// What a service remembers of what was asked for, oldest first.
public struct SpanPage: Codable, Sendable, Equatable {
    /// Who says it.
    public var service: String
    /// The spans, oldest first.
    public var spans: [CallSpan]
    /// From so many microseconds on a call is kept among the slow ones.
    public var slow: UInt64
}

/// How much a service remembers of its calls: each number is of spans, some 120 bytes each; 0 is nothing at all.
public struct SpanLimits: Sendable, Equatable {
    /// The newest, whatever became of them.
    public var recent = 2_048
    /// The newest that were slow, or failed by the system's fault (5xx): many quick calls do not push them out, nor do callers' mistakes.
    public var notable = 256
    /// From when on a call is slow.
    public var slow: Duration = .milliseconds(250)

    /// Some 280 kB at most, and calls are slow from 250 ms on.
    public init() {}
}

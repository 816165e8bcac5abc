// The header that every bus message carries, and its bytes. One message is one ØMQ frame (docs/wire.md has worked examples).
//
//    0        1        2        3        4                8                16               24
//    +--------+--------+--------+--------+----------------+----------------+----------------+----------------+-----------
//    |  0xFA  | version|  kind  | flags  | fields' length | id             | time           | fields …       | payload …
//    +--------+--------+--------+--------+----------------+----------------+----------------+----------------+-----------
//      8 bit    8 bit    8 bit    8 bit    32 bit           64 bit           64 bit, µs       tag, length, value   the rest
//
// Numbers are big-endian. A field is: tag (8 bit), length (16 bit), value. An unknown tag is skipped, an unknown kind is ignored, an
// unknown version is refused: a newer peer may add fields and kinds, never change these 24 bytes. `Envelope+Coding.swift` reads and writes
// them.

package struct Envelope: Sendable, Equatable {
    package var kind: MessageKind
    /// Calls, greetings, pings: the asker's number, echoed by the answer. Events and heads: the offset.
    package var id: UInt64 = 0
    /// Calls: the deadline, by the clock of who answers. Greetings and pings: the sender's clock. Unix microseconds.
    package var time: UInt64 = 0
    /// The operation of a call, the sender's name in a greeting.
    package var name: String?
    package var trace: TraceContext?
    /// JSON of a `Principal`.
    package var principal: [UInt8]?
    package var idempotencyKey: String?
    /// Calls: the address of whoever is outside, for whom the call is made.
    package var client: String?
    /// The topic's life (events, heads), or the sender's (greetings).
    package var epoch: UInt64?
    /// The key of an event.
    package var key: String?
    /// Greetings: the sender reads batches.
    package var takesBatches = false
    /// Failures: the call was refused before its handler began, so that another replica may be asked, whatever the operation does.
    package var isNotBegun = false
    /// Replies: it was given before, to an earlier call under the same idempotency key; nothing was done for this one.
    package var isRepeat = false
    package var payload: ArraySlice<UInt8> = []

    package init(kind: MessageKind, id: UInt64 = 0, time: UInt64 = 0) {
        self.kind = kind
        self.id = id
        self.time = time
    }
}

extension Envelope {
    /// The answer to a ping: its number, and our time.
    var pong: Envelope { Envelope(kind: .pong, id: id, time: Deadline.now.microseconds) }
}

package enum MessageKind: UInt8, Sendable, CaseIterable {
    // Calls, over ROUTER/DEALER.
    case call = 1
    case reply = 2
    case failure = 3
    /// The caller no longer waits for the call `id`.
    case cancel = 4
    /// A caller introduces itself; answered by `welcome`.
    case hello = 5
    case welcome = 6
    case ping = 7
    case pong = 8
    /// The service takes no more calls; what is in hand will be answered.
    case draining = 9
    /// The sender goes away.
    case bye = 10
    /// Several messages in one frame, to who has said that it takes them.
    case batch = 11
    // Events, over XPUB/SUB. The frame begins with the topic and a zero byte, by which ØMQ filters.
    case event = 16
    /// Where the topic stands; sent on subscription and with every heartbeat.
    case head = 17
}

package enum EnvelopeError: Error, Sendable, Equatable {
    case tooShort
    case notOurs
    case unknownVersion(UInt8)
    case unknownKind(UInt8)
    case fieldsTooLong
    case brokenField(tag: UInt8)
}

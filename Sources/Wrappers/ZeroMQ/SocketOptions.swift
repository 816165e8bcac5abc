// Every libzmq option that differs from its default, in one place, with its reason. Research: libzmq's zmq_setsockopt(3).
//
//   option               default      here              because
//   LINGER               for ever     0                 ending a context must not wait for a peer that is gone; what must survive is on disk
//   SNDHWM / RCVHWM      1000         by topology       a bound that we chose and count against, not a surprise
//   ROUTER_MANDATORY     0            1                 a reply to a caller that is gone is an error we count, not a silent drop
//   ROUTER_HANDOVER      0            0                 identities are libzmq's own random ones; nobody may take over another's
//   IMMEDIATE            0            1 (DEALER)        nothing is queued for a connection that does not exist: "nobody there" is an answer
//   RECONNECT_IVL        100 ms       -1 (none)         a lost link is thrown away and made anew by `Link`, with back-off and jitter; reviving
//                                                       one can lose its subscriptions for good (libzmq#4064) and queues to a stale peer
//   HEARTBEAT_IVL        0            0                 libzmq 4.3.4 can abort the process when its timer fires on a connection that is full
//                                                       (assertion in stream_engine_base.cpp); calls ping and topics send heads themselves
//   TCP_KEEPALIVE …      os           by topology       a half-open connection is noticed (libzmq#1245) also where we only send: after the liveness
//                                                       time of silence, three probes a second apart
//   TCP_MAXRT            os           3 × liveness      the same while something is under way and not acknowledged
//   HANDSHAKE_IVL        30 s         3 s               a connection that says nothing (CVE-2020-15166) holds a slot for seconds, not half a minute
//   MAXMSGSIZE           unlimited    by topology       one message must not take all memory; what CURVE adds to a frame comes on top
//   XPUB_NODROP          0            0                 kept: with 1, one full subscriber stops all others (libzmq#3280). Drops are not silent
//                                                       here, since offsets make every gap visible and subscribers refill it
//   XPUB_VERBOSE         0            1                 every subscription is answered with the head, also the second one to the same topic
//   IPV6                 0            1                 endpoints may be IPv6 addresses; names are never given to libzmq (`NameResolver`)
//   BACKLOG              100          1024              a restart meets all callers at once
//
// Where a socket is secured (`SocketSecurity`), besides:
//
//   CURVE_SERVER         0            1 (who binds)     everything is encrypted, and whoever connects must know our public key (RFC 26)
//   CURVE_SECRETKEY …    none         the peer's        the identity of this process; the other side's key is compared, never a name
//   ZAP_DOMAIN           empty        "fountain"        an empty domain is one that libzmq may pass over
//   ZAP_ENFORCE_DOMAIN   0            1                 with 0 and no ZAP handler CURVE lets any key in (libzmq PR 2596); with 1 it lets nobody
//   XPUB_MANUAL          0            1 (XPUB)          a subscription counts only once we have seen whose it is (`EventPublisher`)

internal import CZeroMQ

/// The numbers that the topology chooses for every socket.
package struct SocketTuning: Sendable, Equatable {
    /// Messages per connection and direction.
    package var highWaterMark: Int32 = 65_536
    package var maxMessageBytes: Int64 = 4 << 20
    package var livenessMilliseconds: Int32 = 3_000
    /// How long a connection may take to say who it is.
    package var handshakeMilliseconds: Int32 = 3_000

    package init() {}
}

package enum SocketKind: Sendable {
    case router, dealer, xpub, sub, pair

    var number: Int32 {
        switch self {
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        case .xpub: ZMQ_XPUB
        case .sub: ZMQ_SUB
        case .pair: ZMQ_PAIR
        }
    }
}

extension Socket {
    func apply(_ tuning: SocketTuning, _ security: SocketSecurity, kind: SocketKind) throws(ZeroMQError) {
        try set(ZMQ_LINGER, 0)
        try set(ZMQ_SNDHWM, tuning.highWaterMark)
        try set(ZMQ_RCVHWM, tuning.highWaterMark)
        try setWide(ZMQ_MAXMSGSIZE, tuning.maxMessageBytes + Int64(security.frameOverhead))
        try set(ZMQ_HEARTBEAT_IVL, 0)
        try set(ZMQ_TCP_KEEPALIVE, 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, max(1, tuning.livenessMilliseconds / 1_000))
        try set(ZMQ_TCP_KEEPALIVE_INTVL, 1)
        try set(ZMQ_TCP_KEEPALIVE_CNT, 3)
        try set(ZMQ_TCP_MAXRT, 3 * tuning.livenessMilliseconds)
        try set(ZMQ_HANDSHAKE_IVL, tuning.handshakeMilliseconds)
        try set(ZMQ_RECONNECT_IVL, -1)
        try set(ZMQ_IPV6, 1)
        try set(ZMQ_BACKLOG, 1_024)
        switch kind {
        case .router: try set(ZMQ_ROUTER_MANDATORY, 1)
        case .dealer: try set(ZMQ_IMMEDIATE, 1)
        case .xpub: try set(ZMQ_XPUB_VERBOSE, 1)
        case .sub, .pair: break
        }
        try apply(security, kind: kind)
    }

    private func apply(_ security: SocketSecurity, kind: SocketKind) throws(ZeroMQError) {
        switch security {
        case .none: return
        case .server(let secretKey):
            try set(ZMQ_CURVE_SERVER, 1)
            try set(ZMQ_CURVE_SECRETKEY, bytes: secretKey)
            try set(ZMQ_ZAP_DOMAIN, bytes: Array(ZAPRequest.domain.utf8))
            try set(fai_ZMQ_ZAP_ENFORCE_DOMAIN, 1)
            if case .xpub = kind { try set(ZMQ_XPUB_MANUAL, 1) }
        case .client(let publicKey, let secretKey, let serverKey):
            try set(ZMQ_CURVE_PUBLICKEY, bytes: publicKey)
            try set(ZMQ_CURVE_SECRETKEY, bytes: secretKey)
            try set(ZMQ_CURVE_SERVERKEY, bytes: serverKey)
        }
    }
}

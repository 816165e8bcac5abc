// Where an audited act comes from: who, from where, through which peer, in which request.

package import Bus

package struct AuditSource: Sendable, Equatable {
    package let principal: String
    package let peer: String
    package let trace: String
    package let factor: String
    /// The address of whoever is outside; empty where nobody is.
    package let client: String

    /// `factor` is what the call itself tries; the default is what its principal has shown before.
    package init(_ context: CallContext, factor: String? = nil) {
        principal = context.principal.map { "\($0.kind.rawValue):\($0.subject)" } ?? "peer:\(context.peer)"
        peer = context.peer
        trace = context.trace.traceID
        self.factor = factor ?? context.principal?.amr?.joined(separator: " ") ?? ""
        client = context.client ?? ""
    }

    init(principal: String, peer: String, trace: String, factor: String, client: String) {
        self.principal = principal
        self.peer = peer
        self.trace = trace
        (self.factor, self.client) = (factor, client)
    }

    private init(itself: String) {
        self.init(principal: itself, peer: "", trace: "", factor: "", client: "")
    }

    /// A service, where nobody has asked: a signing key whose time has come.
    package static func service(_ name: String) -> AuditSource { AuditSource(itself: "service:\(name)") }
    /// Somebody with access to the host's files.
    package static let host = AuditSource(itself: "host")
}

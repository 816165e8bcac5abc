// Where an audited act comes from: who, through which peer, in which request.

package import Bus

package struct AuditSource: Sendable, Equatable {
    package let principal: String
    package let peer: String
    package let trace: String
    package let factor: String

    /// `factor` is what the call itself tries; the default is what its principal has shown before.
    package init(_ context: CallContext, factor: String? = nil) {
        principal = context.principal.map { "\($0.kind.rawValue):\($0.subject)" } ?? "peer:\(context.peer)"
        peer = context.peer
        trace = context.trace.traceID
        self.factor = factor ?? context.principal?.amr?.joined(separator: " ") ?? ""
    }

    private init(itself: String) {
        principal = itself
        peer = ""
        trace = ""
        factor = ""
    }

    /// The service, where nobody has asked: a signing key whose time has come.
    static let service = AuditSource(itself: "service:kms")
    /// Somebody with access to the host's files.
    static let host = AuditSource(itself: "host")
}

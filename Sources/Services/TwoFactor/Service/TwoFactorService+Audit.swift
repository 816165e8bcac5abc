// What goes on record: every change and every attempt, with who, through which peer, in which request, by which factor.

internal import Audit
internal import Bus
internal import Contracts
internal import Logging

extension TwoFactorService {
    private static let longestSubject = 64

    /// A success, to be recorded in the transaction that it happens in.
    func success(_ user: AccountName, _ context: CallContext, factor: String? = nil) -> AuditNote {
        note(context.operation, "ok", on: user.text, from: AuditSource(context, factor: factor))
    }

    /// Records an operation that was refused. A malformed request is no attempt: nothing was compared and nothing charged.
    ///
    /// That a refusal could not be recorded is no reason to answer anything else.
    func recordRefusal(_ failure: Failure, of named: String?, _ context: CallContext) async {
        guard failure.code != .invalidRequest else { return }
        let whole = named.map { AccountName(canonical: $0).text } ?? context.principal?.subject ?? ""
        let subject = Self.storable(String(whole.prefix(Self.longestSubject)))
        let note = note(context.operation, failure.code.name, on: subject, from: AuditSource(context))
        do {
            try await store.record(AccountName(subject)) { _, notes in notes.append(note) }
        } catch {
            logger.error("a refusal could not be put on record", metadata: ["2fa.code": "\(failure.code.name)"])
        }
    }

    /// PostgreSQL has no U+0000, and a note that it refuses would undo what others write beside it.
    private static func storable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }

    func note(_ operation: String, _ outcome: String, on subject: String, from source: AuditSource) -> AuditNote {
        AuditNote(at: Int(clock.now()) * 1000, operation, outcome, on: subject, from: source)
    }
}

// C9: what was revoked is not accepted from the moment the revocation is answered; and before anybody asked for it, it is. No false alarm: what
// happens while the revocation is under way may go either way.

/// Keys, sessions, tokens: whatever lets somebody in until it is revoked.
public enum RevocationCheck {
    /// - Parameters:
    ///   - uses: The subject is what was shown. `ok` is let in, `refused` is not.
    ///   - revocations: The subject is what is revoked, for good.
    ///   - isRefusal: Whether the code of a refusal is one of who does not belong; others (busy, away) say nothing here.
    /// - Returns: Right, or wrong with each finding; inconclusive where nothing was revoked, or nobody showed anything.
    public static func verdict<Use, Revoke>(
        uses: [Call<Use>],
        revocations: [Call<Revoke>],
        isRefusal: (String) -> Bool = { $0 == "unauthenticated" }
    ) -> Verdict {
        let bySubject = Dictionary(grouping: revocations, by: \.subject)
        let findings = uses.compactMap { use -> String? in
            let revocations = bySubject[use.subject] ?? []
            switch use.outcome {
            case .ok:
                guard let done = revocations.first(where: { $0.outcome.answer != nil && use.invoked > $0.returned })
                else {
                    return nil
                }
                return "\(use) was let in after \(done)"
            case .refused(let code):
                let isEarly = revocations.allSatisfy { use.returned < $0.invoked }
                return isRefusal(code) && isEarly ? "\(use) was kept out before anybody revoked it" : nil
            case .unknown: return nil
            }
        }
        let revoked = revocations.count { $0.outcome.answer != nil }
        return Verdict(findings, judged: min(revoked, uses.count), "use of what was revoked")
    }
}

// What the verdicts of this service rest on, and which changes of a record take something away from them. Pure.
//
//     a token counts      session · account · signing key          a key stands for somebody      key (its secrets, its rights)
//
// A record that is added takes nothing away, nor does time, which every verdict has with it (`Standing.milliseconds`).

import Leases

/// A record that verdicts rest on.
protocol VerdictGround: StoredRecord {
    /// Its name for those who hold verdicts; nil: all of them.
    var ground: String? { get }
    /// Whether a verdict may have been good under `old` and not be under this. Nil is a record that was not looked at before it was written.
    func takesAway(from old: Self?) -> Bool
}

enum Ground {
    static func session(_ id: String) -> String { "session/\(id)" }
    static func user(_ name: String) -> String { "user/\(name)" }
    static func key(_ service: String) -> String { "key/\(service)" }
}

extension Session: VerdictGround {
    var ground: String? { Ground.session(id) }

    func takesAway(from old: Session?) -> Bool {
        guard let old else { return ended != nil }
        return ended != nil || username != old.username || expiresAt != old.expiresAt
    }
}

extension Account: VerdictGround {
    var ground: String? { Ground.user(id) }

    func takesAway(from old: Account?) -> Bool {
        state != .active || old.map { Set($0.roles) != Set(roles) } ?? true
    }
}

extension KeySecret: VerdictGround {
    var ground: String? { Ground.key(service) }

    /// That it was used is nothing to it.
    func takesAway(from old: KeySecret?) -> Bool {
        guard var old else { return true }
        old.lastUsedAt = lastUsedAt
        return old != self
    }
}

extension ServiceKey: VerdictGround {
    var ground: String? { Ground.key(id) }
    func takesAway(from old: ServiceKey?) -> Bool { old != self }
}

extension SigningKey: VerdictGround {
    /// Which tokens it has signed nobody knows.
    var ground: String? { nil }
    func takesAway(from old: SigningKey?) -> Bool { old.map { $0 != self } ?? (retiredAt != nil) }
}

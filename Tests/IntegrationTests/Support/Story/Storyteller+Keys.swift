// A role: somebody logs in, an administrator makes an API key, replaces it and deletes it, and its holder shows each secret before and after.

import Bus
import Ecosystem
import EcosystemTesting
import Histories

extension Storyteller {
    /// Each secret is shown so often before it is taken away, and again after.
    private static let shows = 4

    func holdKey(_ turn: Int) async throws {
        let name = "key\(turn)"
        try await logIn()
        guard let first = try await issue("kms.keys.create", name, { try await $0.post("/kms/keys", $1) }) else {
            return
        }
        try await show(first, "\(name).1")
        let second = try await issue("kms.keys.rotate", name) { root, _ in
            try await root.post("/kms/keys/\(name)/rotate")
        }
        try await show(first, "\(name).1")
        guard let second else { return }
        try await show(second, "\(name).2")
        try await delete(name)
        try await show(second, "\(name).2")
    }

    /// The secret; nil where none was answered.
    private func issue(
        _ operation: String,
        _ name: String,
        _ send: (EdgeClient, JSONValue) async throws -> EdgeClient.Answer
    ) async throws -> String? {
        var secret: String?
        let read = { (answer: EdgeClient.Answer) in
            secret = answer["api_key"].string
            return UInt64(answer.status)
        }
        try await calls.request(operation, of: name, isIdempotent: false, read) {
            try await send(root, ["service_name": .string(name)])
        }
        return secret
    }

    private func show(_ secret: String, _ label: String) async throws {
        var holder = user
        (holder.token, holder.apiKey) = (nil, secret)
        for _ in 1...Self.shows {
            let holder = holder
            try await calls.request("use", of: label, { UInt64($0.status) }) {
                try await holder.get("/service_a/sequence?elementType=action&limit=1")
            }
        }
    }

    /// It is there, and the bus repeats what may be repeated: where it is not found any more, an earlier attempt was this one's.
    private func delete(_ name: String) async throws {
        try await calls.call("kms.keys.delete", of: name) {
            let answer: EdgeClient.Answer
            do { answer = try await root.delete("/kms/keys/\(name)") } catch { return .unknown("no answer: \(error)") }
            switch answer.outcome(isIdempotent: false) {
            case .ok, .refused("not_found"): return .ok(UInt64(answer.status))
            case .refused(let code): return .refused(code)
            case .unknown(let code): return .unknown(code)
            }
        }
    }
}

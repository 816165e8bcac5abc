// Clients that create elements until the ecosystem dies under them, and a ledger of what was answered.

import Bus
import Ecosystem
import EcosystemTesting
import Synchronization

/// What was answered 201: the number of each element. Whoever answers has promised.
final class Ledger: Sendable {
    private struct State {
        var answered: [String: Int] = [:]
        var statuses: Set<Int> = []
        var whenReached: (count: Int, act: @Sendable () -> Void)?
        var nextID = 1
    }

    private let state = Mutex(State())

    var answered: [String: Int] { state.withLock { $0.answered } }
    /// Statuses other than 201.
    var otherStatuses: Set<Int> { state.withLock { $0.statuses } }

    /// Acts once, as soon as so many more are answered; in the middle of the stream, that is.
    func after(_ more: Int, _ act: @escaping @Sendable () -> Void) {
        state.withLock { $0.whenReached = ($0.answered.count + more, act) }
    }

    fileprivate func freshID() -> Int {
        state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
    }

    fileprivate func note(_ key: String, _ number: Int) {
        let act = state.withLock { state -> (@Sendable () -> Void)? in
            state.answered[key] = number
            guard let reached = state.whenReached, state.answered.count >= reached.count else { return nil }
            state.whenReached = nil
            return reached.act
        }
        act?()
    }

    fileprivate func note(status: Int) { state.withLock { _ = $0.statuses.insert(status) } }
}

extension EdgeClient {
    /// Creates elements of two types from `clients` clients at once, until a request gets no answer or another one than 201.
    func createUntilItEnds(clients: Int = 16, _ ledger: Ledger) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<clients { group.addTask { while await createNext(ledger) {} } }
        }
    }

    private func createNext(_ ledger: Ledger) async -> Bool {
        let id = ledger.freshID()
        let type = id.isMultiple(of: 2) ? "script" : "action"
        let body: JSONValue = [
            "elementType": .string(type), "elementId": .integer(id), "comment": .string("line \(id) of the play"),
        ]
        guard let answer = try? await post("/service_a/sequence", body) else { return false }
        guard answer.status == 201, let number = answer["sequenceNumber"].integer else {
            ledger.note(status: answer.status)
            return false
        }
        ledger.note("\(type)_\(id)", number)
        return true
    }

    /// Every element of a type in the order of its numbers, page by page.
    func elements(of type: String) async throws -> [(key: String, number: Int)] {
        var all: [(key: String, number: Int)] = []
        var after = ""
        while true {
            let page = try await get("/service_a/sequence?elementType=\(type)&limit=1000\(after)")
            try page.require(200)
            all += page["elements"].items.map {
                ("\(type)_\($0["elementId"].integer ?? 0)", $0["sequenceNumber"].integer ?? 0)
            }
            guard let next = page["next"].string else { return all }
            after = "&after=\(next)"
        }
    }

    /// Asks until the search finds so many; the index follows by itself, and only asking tells that it did.
    func untilSearch(for words: String, finds count: Int, where filter: String? = nil) async throws {
        var search: [String: JSONValue] = ["q": .string(words), "query_by": "comment", "max_hits": 1]
        search["filter_by"] = filter.map { .string($0) }
        while true {
            let answer = try await post("/typesense_client/search", .object(search))
            if answer.status == 200, answer["found"].integer == count { return }
            // An index that is not whole yet says so; and whoever asks without a pause may ask too often.
            if ![200, 429, 503].contains(answer.status) { try answer.require(200) }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

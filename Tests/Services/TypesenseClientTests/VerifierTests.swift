// An index is held against its source: what differs is found without a write, named, and put right, and nothing else is touched (issue 13).

import Bus
import Contracts
import Foundation
import HTTPClient
import Logging
import SQLite
import Storage
import Synchronization
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct VerifierTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// An engine that has followed the source to its end, and what verifies it.
    private func followed(
        _ engine: any SearchEngine & IndexEvidence,
        _ source: Source
    ) async throws -> (verifier: IndexVerifier, health: IndexHealth) {
        let health = IndexHealth(.starting)
        let events = Mutex(try source.events)
        try await Indexer(engine, present: Nowhere(), health: health, logger: logger).run { _ in
            Indexer.Source {
                events.withLock { events in
                    defer { events = [] }
                    return events.isEmpty ? nil : events
                }
            } head: {
                try await source.head()
            }
        }
        #expect(health.state == .whole)
        let verifier = IndexVerifier(
            engine,
            against: source,
            health: health,
            logger: logger,
            pause: { _ in await Task.yield() }
        )
        return (verifier, health)
    }

    private func engine(_ kind: EngineKind) async throws -> any SearchEngine & IndexEvidence {
        try #require(try await kind.make() as? any SearchEngine & IndexEvidence)
    }

    private func source(_ count: Int = 1500) throws -> Source {
        try Source((1...count).map { try change(.created, $0, number: $0, "line \($0)", revision: UInt64($0)) })
    }

    @Test(arguments: EngineKind.allCases) func `an index that followed is what its source says`(kind: EngineKind)
        async throws
    {
        let (verifier, health) = try await followed(try await engine(kind), try source())
        #expect(try await verifier.verify(repairing: true) == IndexVerdict(compared: 1500))
        #expect(health.vitals(head: nil).trouble == nil)
        #expect(health.vitals(head: nil).numbers["index_documents_compared"] == 1500)
    }

    /// Behind the engine's back and with the number of documents unchanged, so that nothing but a comparison finds it.
    @Test(arguments: EngineKind.allCases) func `what differs is named and put right, and nothing else is touched`(
        kind: EngineKind
    ) async throws {
        let engine = try await engine(kind)
        let source = try source()
        let (verifier, health) = try await followed(engine, source)
        _ = try await engine.mend([
            IndexChange(try change(.versioned, 7, number: 7, version: 9, "not so", revision: 1501)),
            IndexChange(try change(.versioned, 8, number: 1499, version: 1, "line 8", revision: 1501)),
            IndexChange(try change(.deleted, 150, number: 150, "line 150", revision: 1501)),
            IndexChange(try change(.created, 9000, number: 2, "surplus", revision: 1501)),
        ])
        // As far as the source has come, somebody changed nothing but these.
        source.advance(to: 1501)
        health.lag.advance(to: 1501)
        let checked = try await verifier.verify(repairing: false)
        let expected = [
            ("script_150", IndexVerdict.Difference.Kind.missing), ("script_7", .other), ("script_8", .missing),
            ("script_8", .surplus), ("script_9000", .surplus),
        ].map { IndexVerdict.Difference(id: $0.0, kind: $0.1) }
        #expect(checked.named.sorted { ($0.id, $0.kind.rawValue) < ($1.id, $1.kind.rawValue) } == expected)
        #expect(health.vitals(head: nil).trouble?.contains("5 are not what their source says") == true)
        let repaired = try await verifier.verify(repairing: true)
        #expect(repaired.differences == repaired.repaired && repaired.differences >= 4)
        #expect(health.vitals(head: nil).trouble == nil)
        #expect(try await verifier.verify(repairing: true) == IndexVerdict(compared: 1500))
        #expect(try await engine.search(query("surplus")).found == 0)
        #expect(try await engine.search(query("line")).found == 1500)
    }

    @Test func `a comment that somebody rewrote in Typesense is found, though the number of documents is the same`()
        async throws
    {
        let server = try await TypesenseServer.shared.value
        let engine = try server.engine()
        _ = try await engine.checkpoint()
        let (verifier, _) = try await followed(engine, try source(20))
        let path = "/collections/ours_\(engine.collection)/documents/script_5"
        #expect(try await server.ask(.patch, path, #"{"comment":"rewritten"}"#).status == 201)
        let verdict = try await verifier.verify(repairing: true)
        #expect(
            verdict
                == IndexVerdict(compared: 20, differences: 1, named: [.init(id: "script_5", kind: .other)], repaired: 1)
        )
        #expect(try await engine.search(query("*", filter: "element_id:5")).hits.map(\.comment.text) == ["line 5"])
    }

    @Test(arguments: EngineKind.allCases) func `a source that was restored and has grown past the old head is found`(
        kind: EngineKind
    ) async throws {
        let engine = try await engine(kind)
        let (verifier, _) = try await followed(engine, try source(40))
        // From a backup of revision 10; since then other elements were made, under the same revisions and more.
        let kept = try (1...10).map { try change(.created, $0, number: $0, "line \($0)", revision: UInt64($0)) }
        let newer = try (11...60).map { try change(.created, 100 + $0, number: $0, "new \($0)", revision: UInt64($0)) }
        let restored = try Source(kept + newer)
        let (after, health) = (verifier, IndexHealth())
        _ = after
        health.lag.advance(to: 60)
        let again = IndexVerifier(engine, against: restored, health: health, logger: logger)
        let verdict = try await again.verify(repairing: true)
        #expect(verdict.differences == verdict.repaired && verdict.differences >= 80)
        #expect(try await engine.search(query("new")).found == 50)
        #expect(try await engine.search(query("line")).found == 10)
        #expect(try await again.verify(repairing: true) == IndexVerdict(compared: 60))
    }

    @Test func `a document by hand is no difference`() async throws {
        let engine = try BuiltInEngine(.memory)
        let (verifier, _) = try await followed(engine, try source(20))
        let byHand = try #require(SearchDocument(try change(3, "by hand", revision: 0)))
        #expect(try await engine.write([byHand]).isEmpty)
        #expect(try await verifier.verify(repairing: true).differences == 0)
        #expect(try await engine.ids(query("hand")) == ["script_3"])
    }

    @Test func `what changes while it is looked at is neither a difference nor undone`() async throws {
        let engine = try BuiltInEngine(.memory)
        let source = try source(20)
        let (verifier, _) = try await followed(engine, source)
        // Applied already, and not in what the source was read as.
        try await engine.apply([change(.versioned, 4, number: 4, version: 2, "newer", revision: 21)])
        #expect(try await verifier.verify(repairing: true).differences == 0)
        #expect(try await engine.ids(query("newer")) == ["script_4"])
    }

    @Test func `who only looks is told of another log, and only who repairs has the index built anew`() async throws {
        let engine = try BuiltInEngine(.memory)
        let source = try source(20)
        let (_, health) = try await followed(engine, source)
        let looks = Mutex(0)
        let other = Mutex<IndexVerifier?>(nil)
        // Whoever verifies all the time rests; meanwhile the source is restored, and somebody looks three times, the last time to repair.
        let verifier = IndexVerifier(engine, against: source, health: health, logger: logger) { _ in
            source.advance(to: 10)
            let look = looks.withLock { looks in
                looks += 1
                return looks
            }
            let verifier = other.withLock(\.self)
            await #expect(throws: IndexOutdated.self) { try await verifier?.verify(repairing: look == 3) }
        }
        other.withLock { $0 = verifier }
        await #expect(throws: IndexOutdated.self) { try await verifier.run(every: .seconds(60)) }
        #expect(looks.withLock(\.self) == 3)
        other.withLock { $0 = nil }
    }

    @Test func `another epoch, and a source behind its index, make it be built anew`() async throws {
        for (epoch, count) in [(UInt64(2), 20), (1, 10)] {
            let engine = try BuiltInEngine(.memory)
            let (_, health) = try await followed(engine, try source(20))
            let other = try Source(
                (1...count).map { try change(.created, $0, number: $0, "other \($0)", revision: UInt64($0)) },
                epoch: epoch
            )
            let verifier = IndexVerifier(engine, against: other, health: health, logger: logger)
            await #expect(throws: IndexOutdated.self) { try await verifier.verify(repairing: true) }
            // Whoever follows is told, empties the index and fills it again.
            let opened = Mutex(0)
            let verify = { @Sendable in try await verifier.run(every: .seconds(60)) }
            let watch = IndexWatch(every: .seconds(60))
            let events = try other.events
            let indexer = Indexer(
                engine,
                present: Nowhere(),
                health: health,
                watch: watch,
                verify: verify,
                logger: logger
            )
            let running = Task {
                try await indexer.run { checkpoint in
                    opened.withLock { $0 += 1 }
                    let rest = Mutex(checkpoint == nil ? events : [])
                    return Indexer.Source {
                        let due = rest.withLock { rest in
                            defer { rest = [] }
                            return rest
                        }
                        if due.isEmpty { for await _ in AsyncStream<Never>.makeStream().stream {} }
                        try Task.checkCancellation()
                        return due
                    } head: {
                        try await other.head()
                    }
                }
            }
            defer { running.cancel() }
            while try await engine.search(query("other")).found != count || health.state != .whole {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(opened.withLock { $0 } == 2)
        }
    }
}

/// What a source says that has had these changes.
private final class Source: SourceEvidence {
    private let state: Mutex<[Int64: SequenceChange]>
    private let revision: Mutex<UInt64>
    let epoch: UInt64
    private let changes: [SequenceChange]

    init(_ changes: [SequenceChange], epoch: UInt64 = 1) throws {
        self.changes = changes
        self.epoch = epoch
        state = Mutex(Dictionary(changes.compactMap { change in change.place.map { ($0, change) } }) { $1 })
        revision = Mutex(changes.last?.revision ?? 0)
    }

    var events: [Event] { get throws { try changes.map { try event($0, epoch: epoch) } } }

    func advance(to revision: UInt64) { self.revision.withLock { $0 = revision } }

    func head() async throws -> Checkpoint { Checkpoint(epoch: epoch, offset: revision.withLock { $0 }) }
    func sequences() async throws -> [SequenceName] { [SequenceName(.script)] }

    private func elements(in places: Range<Int64>) -> [(place: Int64, change: SequenceChange)] {
        state.withLock { $0.filter { places.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    func digests(of sequence: SequenceName, from place: Int64) async throws -> SequenceDigests {
        let found = elements(in: place..<(1 << 50)).prefix(1024)
        let last = found.count == 1024 ? found.last : nil
        var digest = RangeDigest()
        for (place, change) in found {
            digest.add(
                id: change.element?.key ?? "",
                version: change.versionNumber ?? 0,
                comment: change.comment?.text ?? "",
                place: place
            )
        }
        let end = last.map { $0.place + 1 } ?? 1 << 50
        let range = SequenceDigests.Range(from: place, to: end, digest)
        return SequenceDigests(ranges: [range], next: last.map { $0.place + 1 }, revision: revision.withLock { $0 })
    }

    func elements(of sequence: SequenceName, in places: Range<Int64>) async throws -> SourceElements {
        let revision = revision.withLock { $0 }
        var found = SourceElements()
        found.add(elements(in: places).map { IndexChange($0.change, as: revision) }, revision: revision)
        return found
    }
}

extension IndexChange {
    fileprivate init(_ change: SequenceChange, as revision: UInt64? = nil) {
        self.init(
            id: change.element?.key ?? "",
            revision: revision ?? change.revision,
            sequence: change.sequenceName,
            document: change.kind == .deleted ? nil : SearchDocument(change),
            place: change.place,
            event: nil
        )
    }
}

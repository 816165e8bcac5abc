// Changes, events and queries in few words.

import Bus
import Contracts
import Testing
import TypesenseClient

func change(
    _ kind: SequenceChange.Kind,
    _ type: ElementType,
    _ id: Int,
    number: Int = 1,
    version: Int = 1,
    _ comment: String = "",
    revision: UInt64
) throws -> SequenceChange {
    SequenceChange(
        kind: kind,
        element: ElementReference(elementType: type, elementId: try #require(ElementID(id))),
        sequenceNumber: number,
        versionNumber: version,
        comment: try #require(Comment(comment)),
        place: place(number),
        revision: revision
    )
}

/// Where an element with a number stands in a sequence that has only been added to.
func place(_ number: Int) -> Int64 { (1 << 49) + (Int64(number) - 1) << 16 }

/// A change of a script.
func change(
    _ kind: SequenceChange.Kind,
    _ id: Int,
    number: Int = 1,
    version: Int = 1,
    _ comment: String = "",
    revision: UInt64
) throws -> SequenceChange {
    try change(kind, .script, id, number: number, version: version, comment, revision: revision)
}

/// The creation of a script.
func change(_ id: Int, _ comment: String = "", revision: UInt64) throws -> SequenceChange {
    try change(.created, .script, id, comment, revision: revision)
}

/// The event of a change; its offset is the change's revision.
func event(_ change: SequenceChange, epoch: UInt64 = 1, offset: UInt64? = nil) throws -> Event {
    Event(
        topic: SequenceOperations.changed.name,
        epoch: epoch,
        offset: offset ?? change.revision,
        key: change.element?.key ?? change.sequenceName.text,
        committedAt: .now,
        trace: nil,
        payload: try PayloadCoding.encode(change)
    )
}

func poison(offset: UInt64, epoch: UInt64 = 1) -> Event {
    Event(
        topic: SequenceOperations.changed.name,
        epoch: epoch,
        offset: offset,
        key: "script_0",
        committedAt: .now,
        trace: nil,
        payload: Array(
            #"{"kind":"created","sequenceName":"script","elementType":"script","elementId":0,"revision":2}"#.utf8
        )
    )
}

func query(
    _ words: String,
    by fields: String = "comment",
    filter: String? = nil,
    sort: String? = nil,
    hits: Int? = nil,
    page: Int? = nil,
    facets: String? = nil,
    prefix: Bool? = nil,
    typos: Int? = nil
) throws -> SearchQuery {
    try SearchQuery(
        SearchRequest(
            query: #require(SearchText(words)),
            queryBy: #require(SearchText(fields)),
            filterBy: filter.flatMap(SearchText.init),
            sortBy: sort.flatMap(SearchText.init),
            maxHits: page == nil ? hits.flatMap(MaxHits.init) : nil,
            page: page.flatMap(PageNumber.init),
            perPage: page == nil ? nil : hits.flatMap(MaxHits.init),
            facetBy: facets.flatMap(SearchText.init),
            prefix: prefix,
            numTypos: typos
        )
    )
}

extension SearchEngine {
    /// Applies the changes as one batch of events.
    func apply(_ changes: [SequenceChange], epoch: UInt64 = 1) async throws {
        let batch = try #require(IndexBatch(try changes.map { try event($0, epoch: epoch) }))
        try await apply(batch)
    }

    /// The ids that a query finds, best first.
    func ids(_ query: SearchQuery) async throws -> [String] { try await search(query).hits.map(\.id) }
}

/// The shortest of many, which other work on the machine has least part in.
func least(_ body: () async throws -> Void) async throws -> Duration {
    var least = Duration.seconds(60)
    for _ in 1...30 { least = min(least, try await ContinuousClock().measure(body)) }
    return least
}

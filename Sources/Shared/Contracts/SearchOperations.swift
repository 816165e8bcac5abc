// The Typesense Client: a search index that follows `sequence.changed` by itself.
//
// What a create answered is found shortly after, and never an older state than was found before; who cannot wait sends the answer's
// `Fountain-Offset` along, and the search waits. Searching is for every user; writing
// past the events is for admins, and the element's next change overwrites it.

public import Bus

/// The operations of the service `typesense_client`; at the edge below `/typesense_client`.
public enum SearchOperations {
    /// The service's name on the bus, and what its operations begin with.
    public static let service = "typesense_client"

    /// Answers what the index holds; with `fountain_offset` it waits until the index has that change, as long as the
    /// deadline allows.
    ///
    /// With `collection_name` and `parameters` it searches that collection, a producer's too, and answers as Typesense does.
    public static let search = Operation<SearchInput, SearchOutput>(
        "typesense_client.search",
        "Search the elements, or a collection as Typesense is asked",
        .post("/search"),
        access: .user,
        isIdempotent: true,
        headers: HeaderMembers(reached: "fountain_offset")
    )

    /// `search` for those who want a link: the same fields in the query string.
    public static let searchByQuery = Operation<SearchRequest, SearchAnswer>(
        "typesense_client.search_by_query",
        "Search the elements, asked in the query string",
        .get("/search"),
        access: .user,
        isIdempotent: true,
        headers: HeaderMembers(reached: "fountain_offset")
    )

    /// Writes up to 1000 documents (`SyncDocuments.counts`). What the engine refuses is named in the answer, and the
    /// rest is written. With `operation`, `collection_name` and `document` it writes one of a producer's collection.
    public static let sync = Operation<SyncDocuments, DocumentsSynced>(
        "typesense_client.sync",
        "Write documents into the index by hand",
        .post("/documents/sync"),
        access: .role("admin"),
        isIdempotent: true,
        errors: [.notFound, .conflict]
    )

    /// Removes what was written by hand, or a document of a producer's collection. A document that an element stands behind is Service A's to
    /// remove.
    public static let remove = Operation<DocumentReference, Empty>(
        "typesense_client.documents.delete",
        "Remove a document that was written by hand",
        .delete("/documents/{id}"),
        success: 204,
        access: .role("admin"),
        isIdempotent: true,
        errors: [.notFound, .conflict]
    )

    /// A change that the engine refuses is set aside, so that those behind it get through. These are all that lie
    /// there.
    public static let parked = Operation<Empty, ParkedDocuments>(
        "typesense_client.parked",
        "List the changes that could not be indexed",
        .get("/documents/parked"),
        access: .role("admin"),
        isIdempotent: true
    )

    /// Tries parked changes again: after what made them fail was put right. Those that still fail stay, with one attempt more.
    public static let replayParked = Operation<ReplayParked, ParkedReplayed>(
        "typesense_client.parked.replay",
        "Try parked changes again",
        .post("/documents/parked/replay"),
        access: .role("admin"),
        isIdempotent: true
    )

    /// Forgets all that is parked under one event's offset; the index keeps what it had. `not_found` where nothing is.
    public static let discardParked = Operation<ParkedReference, Empty>(
        "typesense_client.parked.discard",
        "Give up a parked change",
        .delete("/documents/parked/{offset}"),
        success: 204,
        access: .role("admin"),
        isIdempotent: true,
        errors: [.notFound]
    )

    /// Only those of this service: collections that others keep in the same Typesense are not shown.
    public static let collections = Operation<Empty, SearchCollections>(
        "typesense_client.collections",
        "List the collections",
        .get("/collections"),
        access: .user,
        isIdempotent: true
    )

    /// By the name that `collections` shows; anything else is `not_found`.
    public static let collection = Operation<CollectionReference, SearchCollection>(
        "typesense_client.collections.read",
        "Read a collection",
        .get("/collections/{name}"),
        access: .user,
        isIdempotent: true,
        errors: [.notFound]
    )
}

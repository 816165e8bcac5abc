// For whoever brings documents of their own (ADR 0058). They lie in collections of their own, beside the elements', which nobody but Service A
// writes.

public import Bus

extension SearchOperations {
    /// Makes a collection. One of that name, whoever made it, is `conflict`.
    public static let createCollection = Operation<NewCollection, SearchCollection>(
        "typesense_client.collections.create",
        "Make a collection for documents of one's own",
        .post("/collections"),
        success: 201,
        access: .role("admin"),
        errors: [.conflict]
    )

    /// Drops a collection and all documents in it. That of the elements is not dropped.
    public static let dropCollection = Operation<CollectionReference, Empty>(
        "typesense_client.collections.delete",
        "Drop a collection with its documents",
        .delete("/collections/{name}"),
        success: 204,
        access: .role("admin"),
        isIdempotent: true,
        errors: [.notFound, .conflict]
    )

    /// Writes documents into a producer's collection, each by itself: the answer says what became of each. Done again it changes nothing.
    public static let importDocuments = Operation<ImportDocuments, DocumentsImported>(
        "typesense_client.documents.import",
        "Write many documents into a collection",
        .post("/documents/import"),
        access: .role("admin"),
        isIdempotent: true,
        errors: [.notFound, .conflict],
        lines: LineMembers(input: "documents", output: "results")
    )
}

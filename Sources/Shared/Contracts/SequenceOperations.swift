// Service A: elements in an order, each with versions.
//
// The rules that clients may rely on. Numbers run 1, 2, 3 … per element type, unique and without holes, whatever happens at the same
// time: a delete closes up behind itself. An element begins as version 1 and each new version is one more; history is never rewritten.
// A request that answers an error has changed nothing.

public import Bus

public enum SequenceOperations {
    public static let service = "service_a"

    /// Gives a new element the next number of its type. An element that is there already is a conflict: change it with a version.
    public static let create = Operation<CreateElement, SequenceNumberAssigned>(
        "service_a.sequence",
        "Create an element and give it the next sequence number of its type",
        .post("/sequence"),
        success: 201,
        access: .user,
        errors: [.conflict]
    )

    /// The named elements exchange their sequence numbers: `elementIds[i]` gets `newOrder[i]`.
    ///
    /// `newOrder` holds exactly the numbers that the elements have now, in another order, so the type's numbers stay 1 … n whatever else is
    /// moved at the same time. To swap two elements, name both; to move one far, name those between as well. `elementType` may be left
    /// out where only one type has all the ids. All of it happens or nothing:
    ///
    /// | refused | as |
    /// |---|---|
    /// | lists empty or of different lengths, an id or a number twice, a number below 1 | 400, naming the field |
    /// | no `elementType`, and more than one type has all the ids | 400 `elementType` |
    /// | an id that is not there | 404 `elementIds` |
    /// | a number that none of the elements has now (somebody else may have moved them: read, then try again) | 409 `newOrder` |
    public static let reorder = Operation<ReorderElements, ElementsReordered>(
        "service_a.sequence.reorder",
        "Let elements exchange their sequence numbers, all or none",
        .post("/sequence/reorder"),
        access: .user,
        errors: [.notFound, .conflict]
    )

    public static let version = Operation<NewVersion, VersionAssigned>(
        "service_a.sequence.version",
        "Add the next version of an element",
        .post("/sequence/version"),
        success: 201,
        access: .user,
        errors: [.notFound]
    )

    public static let read = Operation<ElementReference, SequenceElement>(
        "service_a.sequence.read",
        "Read an element with its latest version",
        .get("/sequence/{elementType}/{elementId}"),
        access: .user,
        isIdempotent: true,
        errors: [.notFound]
    )

    public static let list = Operation<ListElements, ElementPage>(
        "service_a.sequence.list",
        "List a type's elements in the order of their numbers",
        .get("/sequence"),
        access: .user,
        isIdempotent: true
    )

    public static let history = Operation<ListVersions, VersionPage>(
        "service_a.sequence.history",
        "List an element's versions, oldest first",
        .get("/sequence/{elementType}/{elementId}/versions"),
        access: .user,
        isIdempotent: true,
        errors: [.notFound]
    )

    /// Removes an element and its versions; those behind it move up by one. The same id may be created again, as a new element.
    public static let delete = Operation<ElementReference, Empty>(
        "service_a.sequence.delete",
        "Delete an element; the numbers behind it close up",
        .delete("/sequence/{elementType}/{elementId}"),
        success: 204,
        access: .user,
        errors: [.notFound]
    )

    /// Every change of every element, in the order in which they became durable.
    public static let changed = Topic<SequenceChange>(
        "sequence.changed",
        publisher: service,
        "An element was created, reordered, versioned or deleted"
    )
}

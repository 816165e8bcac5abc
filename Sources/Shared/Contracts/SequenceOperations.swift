// Service A: elements in an order, each with versions.
//
// The rules that clients may rely on. Numbers run 1, 2, 3 … per sequence, unique and without holes, whatever happens at the same
// time: a number is an element's rank, so it closes up behind a delete and opens before a new element. A sequence is named, or it is the one
// of all elements of a type that name none. An element begins as version 1 and each new version is one more; history is never
// rewritten. A request that answers an error has changed nothing. What each operation costs does not grow with what stands behind it
// (ADR 0034).
//
// A revision is the offset of the event that made it. At the edge it is an element's or a sequence's `ETag`; `If-Match` becomes `ifRevision`
// (ADR 0036). An element's tag has its number behind the revision: the number may change while the element does not.

public import Bus

/// The operations and the topic of the service `service_a`; at the edge below `/service_a`.
public enum SequenceOperations {
    /// The service's name on the bus, and what its operations begin with.
    public static let service = "service_a"

    /// Gives a new element a number: the next of its sequence, or that of the place it asks for by one of `at`, `before` and `after`. An
    /// element that is there already is a conflict: change it with a version.
    public static let create = Operation<CreateElement, SequenceNumberAssigned>(
        "service_a.sequence",
        "Create an element and give it the next sequence number, or one in between",
        .post("/sequence"),
        success: 201,
        access: .user,
        errors: [.conflict],
        headers: HeaderMembers(etag: ["revision", "sequenceNumber"], offset: "position")
    )

    /// The named elements share out the places that they have now, so that they stand in the order of `newOrder`: the same ids, as often.
    /// Whoever is not named stays where it is. `elementType` may be left out where only one type has all the ids. All of it happens or
    /// nothing:
    ///
    /// | refused | as |
    /// |---|---|
    /// | lists empty or of different lengths, an id twice, an id in one list only | 400, naming the field |
    /// | no `elementType`, and more than one type has all the ids | 400 `elementType` |
    /// | an id that is not there | 404 `elementIds` |
    /// | `ifRevision`, and the sequence has changed since | 412 |
    /// | so many that others would wait too long for it (`stores.max_write_time`) | 413 |
    public static let reorder = Operation<ReorderElements, ElementsReordered>(
        "service_a.sequence.reorder",
        "Let elements exchange their places, all or none",
        .post("/sequence/reorder"),
        access: .user,
        errors: [.notFound, .preconditionFailed, tooMuchAtOnce],
        headers: HeaderMembers(etag: ["revision"], ifMatch: "ifRevision", offset: "position")
    )

    /// Moves an element, and with `count` those right behind it, to where one of `to`, `before` and `after` says.
    public static let move = Operation<MoveElement, ElementsMoved>(
        "service_a.sequence.move",
        "Move an element or a run of them to another place",
        .post("/sequence/move"),
        access: .user,
        errors: [.notFound, .preconditionFailed, tooMuchAtOnce],
        headers: HeaderMembers(etag: ["revision"], ifMatch: "ifRevision", offset: "position")
    )

    /// What a request leaves out stays as it was in the version before.
    public static let version = Operation<NewVersion, VersionAssigned>(
        "service_a.sequence.version",
        "Add the next version of an element",
        .post("/sequence/version"),
        success: 201,
        access: .user,
        errors: [.notFound, .preconditionFailed],
        headers: HeaderMembers(etag: ["revision"], ifMatch: "ifRevision", offset: "position")
    )

    /// Up to 10,000 changes. Each line's answer is what the operation of its kind would have answered, or why it was refused. An atomic
    /// batch is one transaction, for which others wait: what would go on for longer than `stores.max_write_time` is refused, all of it.
    public static let batch = Operation<ChangeSequence, SequenceChanged>(
        "service_a.sequence.batch",
        "Create, version, move and delete many elements in one request",
        .post("/sequence/batch"),
        access: .user,
        errors: [.notFound, .conflict, .preconditionFailed, tooMuchAtOnce],
        headers: HeaderMembers(etag: ["revision"], offset: "position"),
        lines: LineMembers(input: "changes", output: "results")
    )

    /// `not_found` for one that is not there. The tag at the edge has the number as well, which others' changes may
    /// shift.
    public static let read = Operation<ElementReference, SequenceElement>(
        "service_a.sequence.read",
        "Read an element with its latest version",
        .get("/sequence/{elementType}/{elementId}"),
        access: .user,
        isIdempotent: true,
        errors: [.notFound],
        headers: HeaderMembers(etag: ["revision", "sequenceNumber"])
    )

    /// Pages by cursor (`ElementPage.next`). Answers `gone` for a cursor that cannot be gone on from.
    public static let list = Operation<ListElements, ElementPage>(
        "service_a.sequence.list",
        "List a sequence's elements in the order of their numbers",
        .get("/sequence"),
        access: .user,
        isIdempotent: true,
        errors: [.gone],
        headers: HeaderMembers(etag: ["sequenceRevision"], offset: "position", next: "next")
    )

    /// `not_found` for an element that is not there; its versions went with it.
    public static let history = Operation<ListVersions, VersionPage>(
        "service_a.sequence.history",
        "List an element's versions, oldest first",
        .get("/sequence/{elementType}/{elementId}/versions"),
        access: .user,
        isIdempotent: true,
        errors: [.notFound],
        headers: HeaderMembers(next: "next")
    )

    /// Those of a type too, where they have elements.
    public static let sequences = Operation<ListSequences, SequencePage>(
        "service_a.sequences",
        "List the sequences that have elements, by name",
        .get("/sequences"),
        access: .user,
        isIdempotent: true,
        headers: HeaderMembers(etag: ["revision"], offset: "position", next: "next")
    )

    /// Removes an element and its versions; those behind it move up by one. The same id may be created again, as a new element.
    public static let delete = Operation<DeleteElement, ElementDeleted>(
        "service_a.sequence.delete",
        "Delete an element; the numbers behind it close up",
        .delete("/sequence/{elementType}/{elementId}"),
        success: 204,
        access: .user,
        errors: [.notFound, .preconditionFailed],
        headers: HeaderMembers(ifMatch: "ifRevision", offset: "position")
    )

    /// Removes all elements of a sequence in one step, however many they are.
    public static let empty = Operation<EmptySequence, SequenceEmptied>(
        "service_a.sequence.empty",
        "Delete all elements of a sequence",
        .delete("/sequence"),
        access: .user,
        errors: [.notFound, .preconditionFailed],
        headers: HeaderMembers(etag: ["revision"], ifMatch: "ifRevision", offset: "position")
    )

    /// Every change of every sequence, in the order in which they became durable.
    public static let changed = Topic<SequenceChange>(
        "sequence.changed",
        publisher: service,
        "An element was created, versioned, moved or deleted, or a sequence emptied",
        version: 2,
        access: .user
    )
}

extension SequenceOperations {
    /// One write would have kept others waiting for longer than it may; all of it was taken back.
    public static let tooMuchAtOnce = ErrorCode(
        "too_much_at_once",
        status: 413,
        title: "It is more than can be done at once"
    )
}

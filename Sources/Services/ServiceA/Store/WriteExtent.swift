// How much a write does: what the store has to be told of it beforehand.

package enum WriteExtent: Sendable, Equatable {
    /// One change, judged before anything is written.
    case one
    /// Several: where one is refused, those before it are taken back.
    case several
    /// So many that others would wait for them: the same, and the editor ends it when its turn is over (`SequenceEditor.goOn`).
    case many

    /// So many changes hold nobody up.
    static let few = 100

    /// Of a single change that so many elements are named by.
    static func of(_ count: Int) -> WriteExtent { count > few ? .many : .one }

    var isWhole: Bool { self != .one }
    var isLong: Bool { self == .many }
}

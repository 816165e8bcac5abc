// Which of two indexes is shown, and what becomes of the other: one row, on disk before anybody acts by it.
//
//     side           the one that is shown
//     building       how the other one is being built; none where it is not
//     is_behind      the one that is shown does not follow any more: its log is gone, or another one has begun
//     is_left        the other one still holds what was shown before, and is to be dropped
//     swaps          how often they have changed places

package import Contracts
package import Storage

package final class IndexPointer: Sendable {
    package struct State: Sendable, Equatable {
        package var side = IndexSide.first
        package var building: ReindexOrigin?
        package var isBehind = false
        package var isLeft = false
        package var swaps = 0

        package init() {}
    }

    private let store: DurableStore
    private let state: Watched<State>

    /// Opens it. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation) throws {
        let store = try DurableStore(location, migrations: [Migration("pointer.1", Self.create)])
        self.store = store
        state = Watched(try store.readNow { try Self.read($0) })
    }

    package var current: State { state.value }

    /// Returns when the other one is to be built.
    ///
    /// - Throws: `CancellationError`.
    func untilBuilding() async throws { try await state.until { $0.building != nil } }

    /// Changes it; one at a time.
    func change(_ body: @Sendable (inout State) -> Void) async throws {
        var next = current
        body(&next)
        let changed = next
        try await store.write { transaction in _ = try transaction.run(Self.save, changed.values) }
        state.change { $0 = changed }
    }

    private static let create = DDL(
        tables: """
            CREATE TABLE pointer (
                one INTEGER PRIMARY KEY CHECK (one = 1), side INTEGER NOT NULL, building TEXT,
                is_behind INTEGER NOT NULL, is_left INTEGER NOT NULL, swaps INTEGER NOT NULL
            ) STRICT
            """
    )
    private static let select: SQL = "SELECT side, building, is_behind, is_left, swaps FROM pointer"
    private static let save: SQL = """
        INSERT INTO pointer (one, side, building, is_behind, is_left, swaps) VALUES (1, $1, $2, $3, $4, $5)
        ON CONFLICT (one) DO UPDATE SET
            side = excluded.side, building = excluded.building, is_behind = excluded.is_behind,
            is_left = excluded.is_left, swaps = excluded.swaps
        """

    private static func read(_ transaction: any Transaction) throws -> State {
        try transaction.row(select, []) { row in
            var state = State()
            state.side = IndexSide(rawValue: row.int(0)) ?? .first
            state.building = row.isNull(1) ? nil : ReindexOrigin(rawValue: row.text(1))
            (state.isBehind, state.isLeft, state.swaps) = (row.flag(2), row.flag(3), row.int(4))
            return state
        } ?? State()
    }
}

extension IndexPointer.State {
    fileprivate var values: [SQLValue] {
        [
            .int(side.rawValue), building.map { SQLValue.text($0.rawValue) } ?? .null, .flag(isBehind), .flag(isLeft),
            .int(swaps),
        ]
    }
}

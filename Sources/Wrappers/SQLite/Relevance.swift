// How well a row of a full-text table fits what it was found by, as a function of SQL: `relevance(table, n)`, the smaller the better, where the last n
// phrases only had to be there. FTS5's own `bm25`, by its formula (https://sqlite.org/fts5.html#the_bm25_function), but for what takes that most of its
// time: it looks for each phrase in all rows before it answers for the first, to learn how rare the phrase is.
//
//   one phrase alone       is not asked how rare it is: that multiplies the value of every row by the same number
//   so many rows have it   no more are looked at; how many there are is estimated by how far that many reached
//
// It knows nothing of words, and of what is done with the number.

internal import CSQLite
import Foundation

@safe enum Relevance {
    /// Rows of a phrase that are looked at.
    private static let counted = 10_000
    private static let (k1, b) = (1.2, 0.75)

    /// What is the same for all rows of a search.
    private final class Rarity {
        /// Words in a row.
        let meanSize: Double
        /// By phrase.
        let weights: [Double]

        init(meanSize: Double, weights: [Double]) { (self.meanSize, self.weights) = (meanSize, weights) }
    }

    private struct Counting {
        var rows = 0
        var lastRow: Int64 = 0
    }

    private typealias API = UnsafePointer<Fts5ExtensionApi>

    /// Makes the function known to a connection; where SQLite has no FTS5 there is nothing to weigh.
    static func add(to database: OpaquePointer) {
        guard let api = unsafe fullText(database) else { return }
        _ = unsafe api.pointee.xCreateFunction(
            api,
            "relevance",
            nil,
            { api, row, result, count, values in
                guard let api = unsafe api, let row = unsafe row else { return }
                let besides = count > 0 ? unsafe sqlite3_value_int(values?[0]) : 0
                do throws(Refused) {
                    unsafe sqlite3_result_double(result, try Relevance.value(api, row, besides))
                } catch {
                    unsafe sqlite3_result_error_code(result, error.code)
                }
            },
            nil
        )
    }

    /// As FTS5 hands it out (https://sqlite.org/fts5.html#extending_fts5).
    private static func fullText(_ database: OpaquePointer) -> UnsafeMutablePointer<fts5_api>? {
        var (api, statement): (UnsafeMutablePointer<fts5_api>?, OpaquePointer?) = (nil, nil)
        guard unsafe sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nil) == SQLITE_OK else {
            return nil
        }
        defer { unsafe sqlite3_finalize(statement) }
        unsafe withUnsafeMutablePointer(to: &api) { place in
            unsafe sqlite3_bind_pointer(statement, 1, place, "fts5_api_ptr", nil)
            unsafe sqlite3_step(statement)
        }
        return unsafe api
    }

    private static func value(_ api: API, _ row: OpaquePointer, _ besides: Int32) throws(Refused) -> Double {
        let rarity = unsafe try rarity(api, row, besides)
        var (times, count, size) = ([Double](repeating: 0, count: rarity.weights.count), Int32(0), Int32(0))
        try Refused.check(unsafe api.pointee.xInstCount(row, &count))
        for number in 0..<count {
            var (phrase, column, offset) = (Int32(0), Int32(0), Int32(0))
            try Refused.check(unsafe api.pointee.xInst(row, number, &phrase, &column, &offset))
            if times.indices.contains(Int(phrase)) { times[Int(phrase)] += 1 }
        }
        try Refused.check(unsafe api.pointee.xColumnSize(row, -1, &size))
        let length = k1 * (1 - b + b * Double(size) / rarity.meanSize)
        return -zip(rarity.weights, times).reduce(0) { $0 + $1.0 * ($1.1 * (k1 + 1) / ($1.1 + length)) }
    }

    private static func rarity(_ api: API, _ row: OpaquePointer, _ besides: Int32) throws(Refused) -> Rarity {
        if let known = unsafe api.pointee.xGetAuxdata(row, 0) {
            return unsafe Unmanaged<Rarity>.fromOpaque(known).takeUnretainedValue()
        }
        var (rows, words) = (Int64(0), Int64(0))
        try Refused.check(unsafe api.pointee.xRowCount(row, &rows))
        try Refused.check(unsafe api.pointee.xColumnTotalSize(row, -1, &words))
        let made = Rarity(
            meanSize: Double(words) / Double(rows),
            weights: unsafe try weights(api, row, besides, of: Double(rows))
        )
        let kept = unsafe Unmanaged.passRetained(made).toOpaque()
        let code = unsafe api.pointee.xSetAuxdata(row, kept) { kept in
            if let kept = unsafe kept { unsafe Unmanaged<Rarity>.fromOpaque(kept).release() }
        }
        try Refused.check(code)
        return made
    }

    private static func weights(_ api: API, _ row: OpaquePointer, _ besides: Int32, of rows: Double) throws(Refused)
        -> [Double]
    {
        let phrases = unsafe api.pointee.xPhraseCount(row) - max(0, besides)
        guard phrases > 1 else { return [1] }
        var weights: [Double] = []
        for phrase in 0..<phrases {
            let having = unsafe try count(api, row, phrase, of: rows)
            // What more than half of the rows have counts for next to nothing, and never against a row.
            weights.append(max(log((rows - having + 0.5) / (having + 0.5)), 1e-6))
        }
        return weights
    }

    private static func count(_ api: API, _ row: OpaquePointer, _ phrase: Int32, of rows: Double) throws(Refused)
        -> Double
    {
        var counting = Counting()
        let code = unsafe api.pointee.xQueryPhrase(row, phrase, &counting) { api, row, counting in
            guard let api = unsafe api, let counting = unsafe counting?.assumingMemoryBound(to: Counting.self) else {
                return SQLITE_MISUSE
            }
            unsafe counting.pointee.rows += 1
            guard unsafe counting.pointee.rows >= Relevance.counted else { return SQLITE_OK }
            unsafe counting.pointee.lastRow = api.pointee.xRowid(row)
            return SQLITE_DONE
        }
        try Refused.check(code)
        let seen = Double(counting.rows)
        return counting.lastRow > 0 ? min(max(seen, seen / Double(counting.lastRow) * rows), rows) : seen
    }

    private struct Refused: Error {
        let code: Int32

        static func check(_ code: Int32) throws(Refused) {
            guard code == SQLITE_OK else { throw Refused(code: code) }
        }
    }
}

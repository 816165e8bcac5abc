// What is read, once for every store: numbers are the ranks of this moment, and pages end where a message would.

import Bus
import Contracts
import Ordering

package struct SequenceReader<Tables: SequenceTables> {
    let tables: Tables
    /// What a page may hold in bytes; a single element may be larger.
    let pageBytes: Int

    init(_ tables: Tables, pageBytes: Int = 1 << 20) {
        self.tables = tables
        self.pageBytes = pageBytes
    }

    func read(_ element: ElementReference) throws -> SequenceElement {
        guard let sequence = try tables.sequence(element.sequence),
            let row = try tables.element(element.neighbour, in: sequence)
        else { throw SequenceFailure.missing(element) }
        return row.answer(number: try tables.list(sequence).rank(of: row.place))
    }

    func history(_ request: ListVersions) throws -> VersionPage {
        let element = request.reference
        guard let sequence = try tables.sequence(element.sequence),
            let row = try tables.standing(element.neighbour, in: sequence)
        else { throw SequenceFailure.missing(element) }
        var page = PageBudget(limit: request.limit?.value ?? PageLimit.standard, bytes: pageBytes)
        var versions: [VersionPage.Version] = []
        var last = max(0, request.after ?? 0)
        while !page.isFull, last < row.version {
            let more = try tables.versions(of: row, after: last, limit: page.portion)
            guard !more.isEmpty else { break }
            for version in more where page.takes(version.size) {
                versions.append(version)
                last = version.versionNumber
            }
        }
        return VersionPage(versions: versions, next: last < row.version ? last : nil)
    }

    func sequences(_ request: ListSequences) throws -> SequencePage {
        let limit = request.limit?.value ?? PageLimit.standard
        let rows = try tables.sequences(after: request.after, limit: limit)
        let answers = try rows.map {
            SequencePage.Sequence(sequenceName: $0.name, total: try tables.list($0).count(), revision: $0.revision)
        }
        return SequencePage(
            sequences: answers.filter { $0.total > 0 },
            next: rows.count == limit ? rows.last?.name : nil,
            revision: try tables.head()
        )
    }
}

/// How much more fits onto a page. A page takes one entry of any size, and ends before the first that would be too much.
struct PageBudget {
    private var left: Int
    private var bytes: Int
    private(set) var isFull = false
    private var isEmpty = true

    init(limit: Int, bytes: Int) {
        left = limit
        self.bytes = bytes
    }

    /// How many entries to fetch at once: they may be large.
    var portion: Int { min(left, 32) }

    /// False, from then on, for an entry that belongs onto the next page.
    mutating func takes(_ size: Int) -> Bool {
        guard !isFull, isEmpty || size <= bytes else {
            isFull = true
            return false
        }
        isEmpty = false
        bytes = max(0, bytes - size)
        left -= 1
        isFull = left == 0
        return true
    }
}

extension VersionPage.Version {
    /// About what it takes in an answer.
    fileprivate var size: Int {
        128 + comment.text.utf8.count * 2 + (data?.bytes.count ?? 0)
    }
}

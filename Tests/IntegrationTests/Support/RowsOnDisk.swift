// What a data directory holds, as Python's SQLite reads it: how many rows of each table, and a digest of them.

import Foundation
import Processes

struct RowsOnDisk: Decodable, Equatable {
    /// `service_a.sqlite event` → its rows, in any folder below. Without what an engine keeps for itself of a table of its own kind (FTS5), and without
    /// counts that follow from when who was asked: how much of the log a consumer has acknowledged, what of it is pruned.
    let counts: [String: Int]
    /// The same tables → SHA-256 of all that stands in their rows.
    let digests: [String: String]

    private static let script = """
        import hashlib, json, pathlib, sqlite3, sys
        counts, digests = {}, {}
        root = pathlib.Path(sys.argv[1])
        for file in sorted(root.rglob("*.sqlite")):
            base = sqlite3.connect(file, timeout=30)
            for name, sql in base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
                if sql.upper().startswith("CREATE VIRTUAL"):
                    continue
                if any(name.endswith(end) for end in ("_data", "_idx", "_docsize", "_config", "_content", "_row", "_instance", "_col")):
                    continue
                rows = sorted(repr(row) for row in base.execute(f'SELECT * FROM "{name}"'))
                table = f"{file.relative_to(root)} {name}"
                counts[table], digests[table] = len(rows), hashlib.sha256("\\n".join(rows).encode()).hexdigest()
        print(json.dumps({"counts": counts, "digests": digests}))
        """

    init(of directory: String) async throws {
        let process = try ChildProcess(
            ["/usr/bin/python3", "-c", Self.script, directory],
            log: "\(directory)/rows.log"
        )
        let lines = await process.next(.max)
        guard await process.exitCode() == 0, let line = lines.first else {
            throw ChildProcess.Ended(description: "the rows could not be counted: \(process.complaints)")
        }
        self = try JSONDecoder().decode(RowsOnDisk.self, from: Data(line.utf8))
    }
}

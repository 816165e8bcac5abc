// What a data directory holds, as Python's SQLite reads it: how many rows of each table, of services that have ended.

import Foundation
import Processes

struct RowsOnDisk {
    /// `service_a.sqlite event` → its rows. Without what an engine keeps for itself of a table of its own kind (FTS5), and without counts that follow
    /// from when who was asked: how much of the log a consumer has acknowledged, what of it is pruned.
    let counts: [String: Int]

    private static let script = """
        import json, pathlib, sqlite3, sys
        counts = {}
        for file in sorted(pathlib.Path(sys.argv[1]).glob("*.sqlite")):
            base = sqlite3.connect(file)
            for name, sql in base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
                if sql.upper().startswith("CREATE VIRTUAL"):
                    continue
                if any(name.endswith(end) for end in ("_data", "_idx", "_docsize", "_config", "_content", "_row", "_instance", "_col")):
                    continue
                counts[f"{file.name} {name}"] = base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        print(json.dumps(counts))
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
        counts = try JSONDecoder().decode([String: Int].self, from: Data(line.utf8))
    }
}

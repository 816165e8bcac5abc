// What is wrong with a topology file: everything, not the first thing.
//
//   local.yaml:12:11: services.kms.port: must be 1–65535, got 70000
//   file      line:column: field: what is wrong, and where it is not plain, what to do
//
// The field is left out where the file as a whole is meant.

/// Every problem of a topology file, in the order of its lines.
package struct TopologyError: Error, Equatable, CustomStringConvertible {
    package let problems: [Problem]

    /// One line for each problem.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }

    /// One problem and where it stands.
    package struct Problem: Sendable, Equatable, CustomStringConvertible {
        package let file: String
        /// From 1; 0 where the file could not be read at all.
        package let line: Int
        /// From 1, in Unicode scalars; 0 where the file could not be read at all.
        package let column: Int
        /// The field, as in `services.kms.replicas[0].calls`; empty for the whole file.
        package let path: String
        package let message: String

        package var description: String {
            let place = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
            return place + (path.isEmpty ? message : "\(path): \(message)")
        }

        /// The same place with other words.
        func saying(_ words: String) -> Problem {
            Problem(file: file, line: line, column: column, path: path, message: words)
        }
    }
}

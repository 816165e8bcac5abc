// What reading has found so far: the problems, and where each field stands for the checks that come after.

import Yams

/// Collects problems of one file. One thread reads one file: not Sendable, and need not be.
final class Findings {
    private let file: String
    private var problems: [TopologyError.Problem] = []
    private var marks: [String: Mark] = [:]

    init(file: String) {
        self.file = file
    }

    var isEmpty: Bool { problems.isEmpty }

    /// In the order of the file, so that a person can go through it from top to bottom.
    var error: TopologyError {
        let inOrder = problems.enumerated().sorted { left, right in
            (left.element.line, left.element.column, left.offset) < (
                right.element.line, right.element.column, right.offset
            )
        }
        return TopologyError(problems: inOrder.map(\.element))
    }

    func remember(_ path: String, at mark: Mark?) {
        marks[path] = mark
    }

    func add(_ message: String, path: String, at mark: Mark?) {
        problems.append(place(of: path, at: mark).saying(message))
    }

    /// A problem that lacks its words.
    func place(of path: String, at mark: Mark? = nil) -> TopologyError.Problem {
        let mark = mark ?? nearestMark(to: path)
        let (line, column) = (mark?.line ?? 1, mark?.column ?? 1)
        return TopologyError.Problem(file: file, line: line, column: column, path: path, message: "")
    }

    /// Adds a problem of a field that was read before, or left out: then at the nearest thing around it.
    func add(_ message: String, path: String) {
        add(message, path: path, at: nil)
    }

    private func nearestMark(to path: String) -> Mark? {
        var path = path[...]
        while !path.isEmpty {
            if let mark = marks[String(path)] { return mark }
            path = path.lastIndex { $0 == "." || $0 == "[" }.map { path[..<$0] } ?? ""
        }
        return nil
    }
}

// What `make bench ARGS=order` measures of Service A's order (ADR 0034): each mode is one process, its result one line of JSON on stdout.
//
//   order-bench fill DATABASE ELEMENTS                  a sequence of so many elements
//   order-bench time DATABASE KIND ROUNDS               create|insert|move|delete-first|number|page: microseconds and events of one
//   order-bench batch DATABASE SECONDS                  creations by batches that are not atomic, a second
//   order-bench crowd DATABASE DELETES SECONDS          so many deletes at once beside a writer, and his slowest answer
//
// It works on Service A's store, with nothing before it: what HTTP and the bus cost stands in the other parts. It refuses to compare: that is
// `Benchmarks/run.py`'s.

import Foundation

@main
enum OrderBench {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        do { try await run(words) } catch let problem as Problem {
            FileHandle.standardError.write(Data("order-bench: \(problem)\nModes: Benchmarks/OrderBench/OrderBench.swift\n".utf8))
            exit(64)
        }
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private static func run(_ words: [String]) async throws {
        guard words.count >= 2 else { throw Problem(description: "a mode and a database are needed") }
        let play = try Play(words[1])
        switch words[0] {
        case "fill": try await play.fill(try number(words, 2))
        case "time":
            guard words.count > 2, let kind = Timing.Kind(rawValue: words[2]) else {
                throw Problem(description: "there is no such kind of change")
            }
            say(try await Timing(play).measure(kind, rounds: try number(words, 3)))
        case "batch": say(try await Batches(play).measure(seconds: try number(words, 2)))
        case "crowd": say(try await Crowd(play).measure(try number(words, 2), seconds: try number(words, 3)))
        case let mode: throw Problem(description: "there is no mode \"\(mode)\"")
        }
    }

    private static func number(_ words: [String], _ position: Int) throws -> Int {
        guard words.count > position, let number = Int(words[position]), number > 0 else {
            throw Problem(description: "word \(position + 1) is no number above 0")
        }
        return number
    }

    private static func say(_ result: [String: Double]) {
        let text = result.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        FileHandle.standardOutput.write(Data("{\(text)}\n".utf8))
    }
}

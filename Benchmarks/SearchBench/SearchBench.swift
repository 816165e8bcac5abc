// What `make bench ARGS=search` measures of the Typesense Client: each mode is one process, its result one line of JSON on stdout.
//
//   search-bench documents COUNT FILE                        the documents as lines with tabs, for who indexes them without us
//   search-bench fill INDEX COUNT                            indexes so many from their events: documents a second
//   search-bench ask INDEX SHAPE TIMES [FOUND]               so many questions of a shape: milliseconds, and what they found; counted up to FOUND
//   search-bench follow ORIGIN TOKEN RATE SECONDS FIRST      creates at a rate over HTTP, each searched for at once: milliseconds
//   search-bench stand ORIGIN TOKEN COUNT                    creates so many over HTTP, and waits until they are found
//   search-bench crowd ORIGIN TOKEN COUNT RATE SECONDS       searches at a rate, and writes, of an index that `stand` has filled
//
// INDEX is the file of a built-in index, or `http://…/NAME` and a file: a collection of the Typesense there (its key: TYPESENSE_API_KEY) and
// its ledger. It works on the engine with nothing before it, but for the last three. It refuses to compare: that is `Benchmarks/run.py`'s.

import Foundation
import TypesenseClient

@main
enum SearchBench {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        do { try await run(words) } catch let problem as Problem {
            FileHandle.standardError.write(
                Data("search-bench: \(problem)\nModes: Benchmarks/SearchBench/SearchBench.swift\n".utf8)
            )
            exit(64)
        }
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private static func run(_ words: [String]) async throws {
        var words = words[...]
        switch words.popFirst() {
        case "documents": try Play().write(try number(&words), to: try word(&words))
        case "fill": say(try await Filling(try Index(&words)).measure(try number(&words)))
        case "ask":
            let index = try Index(&words)
            var limits = SearchLimits()
            guard let shape = Shape(rawValue: try word(&words)) else { throw Problem(description: "no such shape") }
            let times = try number(&words)
            if !words.isEmpty { limits.found = try number(&words) }
            say(try await Asking(index, limits).measure(shape, times: times))
        case "follow":
            let following = Following(origin: try word(&words), token: try word(&words))
            say(try await following.measure(rate: try number(&words), seconds: try number(&words), first: try number(&words)))
        case "stand": try await crowd(&words).fill()
        case "crowd": say(try await crowd(&words).measure(rate: try number(&words), seconds: try number(&words)))
        case let mode: throw Problem(description: "there is no mode \"\(mode ?? "")\"")
        }
    }

    private static func crowd(_ words: inout ArraySlice<String>) throws -> Crowd {
        Crowd(origin: try word(&words), token: try word(&words), count: try number(&words))
    }

    static func word(_ words: inout ArraySlice<String>) throws -> String {
        guard let word = words.popFirst() else { throw Problem(description: "a word is missing") }
        return word
    }

    private static func number(_ words: inout ArraySlice<String>) throws -> Int {
        guard let number = Int(try word(&words)), number > 0 else {
            throw Problem(description: "that is no number above 0")
        }
        return number
    }

    private static func say(_ result: [String: Double]) {
        let text = result.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        FileHandle.standardOutput.write(Data("{\(text)}\n".utf8))
    }
}

/// Of what was measured, in milliseconds.
func quantiles(_ times: [Duration], _ name: String = "") -> [String: Double] {
    let sorted = times.map { $0 / .milliseconds(1) }.sorted()
    guard let last = sorted.last else { return [:] }
    func quantile(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
    return ["\(name)p50": quantile(0.5), "\(name)p99": quantile(0.99), "\(name)worst": last]
}

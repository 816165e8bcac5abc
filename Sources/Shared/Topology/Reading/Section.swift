// One mapping of the file while it is read. A field is asked for by name with the rule it must follow; what was asked for
// is what exists, so the list of known keys is never written twice. `finish` reports every key that nobody asked for.
//
//   let section = root.section("bus")
//   section.read("heartbeat", .duration(…), into: &bus.heartbeat)      absent: the default stays
//   section.finish()

import Yams

final class Section {
    /// As in `services.kms`; empty for the file itself.
    let path: String
    let findings: Findings
    private let environment: [String: String]
    private let entries: [(key: String, mark: Mark?, value: Node)]
    private let known: Node.Mapping?
    private var asked: [String] = []

    /// Reads a mapping; nothing at all counts as an empty one, anything else is a problem.
    init(_ node: Node?, path: String, findings: Findings, environment: [String: String]) {
        self.path = path
        self.findings = findings
        self.environment = environment
        known = node?.mapping
        if let node, node.mapping == nil, !node.isNothing {
            findings.add("must be a section of `key: value` lines, got \(node.shown)", path: path, at: node.mark)
        }
        entries = (known ?? [:]).compactMap { key, value in
            guard let name = key.scalar?.string else {
                findings.add("has a key that is \(key.shown); keys are plain words", path: path, at: key.mark)
                return nil
            }
            return (name, key.mark, value)
        }
        for entry in entries { findings.remember(self.path(to: entry.key), at: entry.mark) }
    }

    var keys: [String] { entries.map(\.key) }

    func path(to key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    func contains(_ key: String) -> Bool {
        entries.contains { $0.key == key }
    }

    /// The value of a field; nil if it is absent or wrong (and then reported).
    func value<Value>(_ key: String, _ rule: Rule<Value>) -> Value? {
        node(key).flatMap { read($0, at: path(to: key), rule) }
    }

    /// Sets the field's value where it is given and right; leaves the default otherwise.
    func read<Value>(_ key: String, _ rule: Rule<Value>, into value: inout Value) {
        if let read = self.value(key, rule) { value = read }
    }

    func read<Value>(_ key: String, _ rule: Rule<Value>, into value: inout Value?) {
        if let read = self.value(key, rule) { value = read }
    }

    /// Like `value`, and reports the field's absence.
    func required<Value>(_ key: String, _ rule: Rule<Value>, because reason: String = "") -> Value? {
        if contains(key) { return value(key, rule) }
        asked.append(key)
        findings.add("is missing\(reason); it must be \(rule.wants)", path: path(to: key))
        return nil
    }

    /// The section under a key; an empty one if it is absent.
    func section(_ key: String) -> Section {
        Section(node(key), path: path(to: key), findings: findings, environment: environment)
    }

    /// The list of sections under a key; nil if it is absent or no list.
    func sections(_ key: String) -> [Section]? {
        guard let node = node(key) else { return nil }
        guard let items = node.sequence else {
            findings.add("must be a list, got \(node.shown)", path: path(to: key), at: node.mark)
            return nil
        }
        return items.enumerated().map { index, item in
            let path = "\(self.path(to: key))[\(index)]"
            findings.remember(path, at: item.mark)
            return Section(item, path: path, findings: findings, environment: environment)
        }
    }

    /// The list of values under a key; empty if it is absent or no list. Wrong ones are reported and left out.
    func values<Value>(_ key: String, _ rule: Rule<Value>) -> [Value] {
        guard let node = node(key) else { return [] }
        guard let items = node.sequence else {
            findings.add("must be a list, got \(node.shown)", path: path(to: key), at: node.mark)
            return []
        }
        return items.enumerated().compactMap { read($1, at: "\(path(to: key))[\($0)]", rule) }
    }

    /// Reports the keys that nobody asked for. `note` says more about why a key is not known here.
    func finish(note: String = "") {
        for entry in entries where !asked.contains(entry.key) {
            let hint = Spelling.hint(for: entry.key, among: asked.filter { !contains($0) })
            let remedy = hint.isEmpty ? "; known here: \(asked.joined(separator: ", "))\(note)" : hint
            findings.add("is not a known key\(remedy)", path: path(to: entry.key), at: entry.mark)
        }
    }

    private func node(_ key: String) -> Node? {
        if !asked.contains(key) { asked.append(key) }
        return entries.first { $0.key == key }?.value
    }

    private func read<Value>(_ node: Node, at path: String, _ rule: Rule<Value>) -> Value? {
        findings.remember(path, at: node.mark)
        guard let scalar = node.scalar, !node.isNothing else {
            findings.add("must be \(rule.wants), got \(node.shown)", path: path, at: node.mark)
            return nil
        }
        do throws(Refusal) {
            let text = try Placeholders.expand(scalar.string, from: environment)
            if let value = try rule.read(text) { return value }
            throw Refusal("must be \(rule.wants), got \(quoted(text))")
        } catch {
            findings.add(error.message, path: path, at: node.mark)
            return nil
        }
    }
}

extension Node {
    /// `key:` with nothing behind it.
    fileprivate var isNothing: Bool {
        guard let scalar else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    fileprivate var shown: String {
        switch self {
        case .scalar(let scalar): isNothing ? "nothing" : quoted(scalar.string)
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

// From text to a tree with marks, within bounds:
//
//   1 MiB of text · one document · 1000 levels (libyaml's own bound) · no anchors, no aliases
//
// Anchors are refused because a page of them can stand for a terabyte of tree; copying four lines costs nothing here.

import Yams

enum Document {
    static let largest = 1 << 20

    /// The root of the tree; nil if there is none, and then `findings` says why.
    static func root(of yaml: String, findings: Findings) -> Node? {
        guard yaml.utf8.count <= largest else {
            findings.add("is \(yaml.utf8.count) bytes long, \(largest.sizeText) is the most", path: "")
            return nil
        }
        guard !hasTooManyAliases(yaml) else {
            findings.add("uses YAML aliases (`*name`), which are refused; write the lines out", path: "")
            return nil
        }
        do {
            // libyaml goes on reading the string's storage after Yams has let go of its address. A string of 15 bytes or
            // less has no storage but its own value, which moves: hence the padding.
            let padding = yaml.utf8.count < 16 ? String(repeating: "\n", count: 16) : ""
            let parser = try Parser(yaml: yaml + padding, encoding: .utf8)
            // Nodes hold their anchors weakly; the parser holds them for as long as it lives.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    findings.add("is empty; a topology has at least a name and services", path: "")
                    return nil
                }
                return refusesAnchors(in: root, findings) ? nil : root
            }
        } catch {
            report(error, findings)
            return nil
        }
    }

    /// Composing compares keys, and comparing aliased trees as keys costs exponential time: 3^(n/3) for n aliases.
    /// A few do no harm and are reported with their place; many are refused unread.
    private static func hasTooManyAliases(_ yaml: String) -> Bool {
        var aliases = 0
        var previous = UInt8(ascii: "\n")
        for byte in yaml.utf8 {
            // An alias is a star with a name: the star follows white space or punctuation, the name follows the star.
            if previous == UInt8(ascii: "*"), byte > UInt8(ascii: " ") { aliases += 1 }
            previous = byte
        }
        return aliases > 24
    }

    private static func refusesAnchors(in node: Node, _ findings: Findings) -> Bool {
        if let anchor = node.anchor {
            findings.add(
                "YAML anchors (`&\(anchor.rawValue)`) are refused; write the lines out",
                path: "",
                at: node.mark
            )
            return true
        }
        switch node {
        case .mapping(let mapping):
            return mapping.contains { refusesAnchors(in: $0.key, findings) || refusesAnchors(in: $0.value, findings) }
        case .sequence(let items): return items.contains { refusesAnchors(in: $0, findings) }
        case .scalar, .alias: return false
        }
    }

    private static func report(_ error: any Error, _ findings: Findings) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            findings.add("is not YAML here: \(problem)", path: "", at: mark)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "`\($0)`" }.joined(separator: ", ")
            findings.add(
                "the key \(names) stands twice in one section, first here; keep one",
                path: "",
                at: context.mark
            )
        case .reader(let problem, _, _, _):
            findings.add("is not readable text: \(problem)", path: "")
        default:
            findings.add("is not readable YAML: \(error)", path: "")
        }
    }
}

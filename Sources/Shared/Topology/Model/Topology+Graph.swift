// A picture of a topology for people, as Mermaid text: paste it where Mermaid is drawn.
// It shows who calls whom as far as the topology knows; what services say to each other is theirs to tell (`info`).

extension Topology {
    /// Mermaid text: the gateway, its listeners, and each replica of each service with where it takes calls.
    package func graph() -> String {
        var lines = ["flowchart LR", "    client([client]) -->|\(gateway.listen)| gateway[gateway]"]
        for service in services {
            if let port = service.port { lines.append("    client -->|\(port)| gateway") }
            for (index, replica) in service.replicas.enumerated() {
                // Mermaid's own words (`end`, `class`) make bad ids, and so do hyphens.
                let id = "s_\(service.name.replacing("-", with: "_"))_\(index)"
                lines.append(
                    "    gateway -->|\(service.prefix)| \(id)[\"\(service.name)<br>\(replica.calls.connect)\"]"
                )
            }
        }
        lines += questions
        return lines.joined(separator: "\n") + "\n"
    }

    private var questions: [String] {
        let authority = gateway.authority
        return [authority.jwks, authority.apiKeys, authority.stepUp, authority.tokens].compactMap { operation in
            guard let operation,
                let service = operation.utf8.split(separator: UInt8(ascii: ".")).first.map(Substring.init)
            else { return nil }
            return "    gateway -.->|\(operation)| s_\(service.replacing("-", with: "_"))_0"
        }
    }
}

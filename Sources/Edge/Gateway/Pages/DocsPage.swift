// `/docs`: the operations for people to read and to try (`TryForm`), made from the same descriptions as `/openapi.json`. Nothing from elsewhere.

internal import Bus

enum DocsPage {
    static func html(_ operations: [MountedOperation], _ topics: [MountedTopic] = []) -> [UInt8] {
        let services = Dictionary(grouping: operations, by: \.service).sorted { $0.key < $1.key }
        let body = services.map { service, operations in
            "<h2 id=\"\(HTML.escape(service))\">\(HTML.escape(service))</h2>\n"
                + operations.map(section).joined(separator: "\n")
        }
        let links = services.map { "<a href=\"#\(HTML.escape($0.key))\">\(HTML.escape($0.key))</a>" }
        return HTML.page(
            title: "FountainAI: operations",
            script: true,
            """
            <h1>Operations</h1>
            <nav aria-label="Services"><p>\(links.joined(separator: " · "))</p></nav>
            <p class="note">For programs: <a href="/openapi.json">/openapi.json</a>. Errors are
            <code>application/problem+json</code> with a stable <code>code</code> and a <code>trace_id</code>.</p>
            \(TryForm.identity(operations))
            \(body.joined(separator: "\n"))
            \(events(topics))
            """
        )
    }

    private static func events(_ topics: [MountedTopic]) -> String {
        guard !topics.isEmpty else { return "" }
        let sections = topics.map { topic in
            """
            <section id="\(HTML.escape(topic.name))">
            <h3><span class="method">GET</span> <span class="path">/events?topic=\(HTML.escape(topic.name))</span></h3>
            <p>\(HTML.escape(topic.description.summary))</p>
            <p class="note">\(HTML.escape(notes(topic.operation).joined(separator: " · ")))</p>
            \(table("Event (version \(topic.description.version ?? 1))", topic.description.payload, places: nil))
            </section>
            """
        }
        return """
            <h2 id="events">Events</h2>
            <p>Server-sent events: an <code>id</code>, the topic as <code>event</code>, JSON as <code>data</code>. Connect again with the last
            <code>id</code> in <code>Last-Event-ID</code> (or <code>last_event_id</code>) and nothing is missed. Narrow it down with
            <code>key</code> and <code>key_prefix</code>; <code>from=earliest</code> begins with what is kept.</p>
            \(sections.joined(separator: "\n"))
            """
    }

    private static func section(_ mounted: MountedOperation) -> String {
        let operation = mounted.description
        return """
            <section id="\(HTML.escape(operation.name))">
            <h3><span class="method">\(mounted.method)</span> <span class="path">\(HTML.escape(mounted.route))</span></h3>
            <p>\(HTML.escape(operation.summary))</p>
            <p class="note">\(notes(operation).map(HTML.escape).joined(separator: " · "))</p>
            \(table("Input", operation.input, places: mounted))
            \(operation.output.map { table("Answer \(operation.success)", $0, places: nil) } ?? "<p>Answer 204</p>")
            \(errors(operation))
            \(TryForm.html(mounted))
            </section>
            """
    }

    private static func notes(_ operation: OperationDescription) -> [String] {
        var notes = [operation.name]
        switch operation.access {
        case .public: notes.append("for anybody")
        case .holder: notes.append("for anybody; a token counts also after its end")
        case .user: notes.append("needs a token or an API key")
        case .role(let role): notes.append("needs the role \(role)")
        case .peer: break
        }
        switch operation.stepUp {
        case .never: break
        case .ifEnrolled: notes.append("with a verified one-time password, for who is enrolled")
        case .always: notes.append("with a verified one-time password")
        }
        if operation.isIdempotent { notes.append("safe to repeat") }
        return notes
    }

    private static func table(_ title: String, _ schema: JSONSchema, places mounted: MountedOperation?) -> String {
        guard let properties = schema.properties, !properties.isEmpty else { return "" }
        let required = Set(schema.required ?? [])
        let rows = properties.sorted { $0.key < $1.key }.map { name, property in
            let isRequired = required.contains(name)
            let place = mounted.map { $0.template.parameters.contains(name) ? " (in the path)" : "" } ?? ""
            return "<tr><td><code>\(HTML.escape(name))</code></td><td>\(isRequired ? "required" : "")\(place)</td>"
                + "<td>\(HTML.escape(SchemaWords.describe(property)))</td></tr>"
        }
        return "<table><tr><th>\(title)</th><th></th><th></th></tr>\n\(rows.joined(separator: "\n"))\n</table>"
    }

    private static func errors(_ operation: OperationDescription) -> String {
        guard !operation.errors.isEmpty else { return "" }
        let told = operation.errors.map { "<code>\(HTML.escape($0.name))</code> (\($0.status))" }
        return "<p class=\"note\">May fail with \(told.joined(separator: ", ")).</p>"
    }
}

// The forms of `/docs` with which an operation is sent, and those that say who sends. `/docs.js` makes them work; without it they stay hidden.
//
// Every field has a label, every answer is announced (`role="status"`), nothing needs a mouse.

internal import Bus

enum TryForm {
    static func html(_ mounted: MountedOperation) -> String {
        let operation = mounted.description
        return """
            <details data-needs="script" hidden><summary>Try it<span class="note">: \(HTML.escape(operation.name))</span></summary>
            <form data-method="\(mounted.method)" data-path="\(HTML.escape(mounted.route))" aria-label="Try \(HTML.escape(operation.name))">
            \((inPath(mounted) + inQuery(mounted) + inHeader(operation)).joined(separator: "\n"))
            \(body(mounted))
            <p><button>Send</button></p>
            <p data-shows="status" role="status"></p>
            <pre data-shows="answer" tabindex="0" aria-label="Answer of \(HTML.escape(operation.name))" hidden></pre>
            </form>
            </details>
            """
    }

    private static func inPath(_ mounted: MountedOperation) -> [String] {
        let properties = mounted.description.input.properties ?? [:]
        return mounted.template.parameters.map { name in
            field(mounted, name, in: "path", isRequired: true, properties[name] ?? .any)
        }
    }

    private static func inQuery(_ mounted: MountedOperation) -> [String] {
        OpenAPIParameters.query(of: mounted).map { name, schema, isRequired in
            field(mounted, name, in: "query", isRequired: isRequired, schema)
        }
    }

    private static func inHeader(_ operation: OperationDescription) -> [String] {
        let names =
            (operation.isIdempotent ? [] : ["Idempotency-Key"])
            + (operation.headers?.ifMatch == nil ? [] : ["If-Match"])
            + (operation.headers?.reached == nil ? [] : ["Fountain-Offset"])
        return names.map { input(id: "\(operation.name)-\($0)", $0, in: "header", isRequired: false, "") }
    }

    private static func field(
        _ mounted: MountedOperation,
        _ name: String,
        in place: String,
        isRequired: Bool,
        _ schema: JSONSchema
    ) -> String {
        let note = SchemaWords.describe(schema)
        return input(id: "\(mounted.description.name)-\(name)", name, in: place, isRequired: isRequired, note)
    }

    private static func input(id: String, _ name: String, in place: String, isRequired: Bool, _ note: String) -> String
    {
        let (id, name) = (HTML.escape(id), HTML.escape(name))
        let told = "\(place)\(isRequired ? ", required" : "")\(note.isEmpty ? "" : "; \(HTML.escape(note))")"
        return """
            <p><label for="\(id)">\(name) <span class="note">(\(told))</span></label>
            <input id="\(id)" name="\(name)" data-in="\(place)" autocomplete="off"\(isRequired ? " required" : "")></p>
            """
    }

    private static func body(_ mounted: MountedOperation) -> String {
        guard let schema = OpenAPIParameters.bodySchema(of: mounted) else { return "" }
        let id = HTML.escape("\(mounted.description.name)-body")
        let example = (try? PayloadCoding.encode(SchemaExample.of(schema))) ?? []
        return """
            <p><label for="\(id)">Body <span class="note">(JSON)</span></label>
            <textarea id="\(id)" name="body" data-in="body" rows="4" spellcheck="false" autocomplete="off">\(HTML.escape(String(decoding: example, as: UTF8.self)))</textarea></p>
            """
    }

    // MARK: Who sends

    static func identity(_ operations: [MountedOperation]) -> String {
        """
        <section data-needs="script" hidden aria-labelledby="who">
        <h3 id="who">Who sends what is tried</h3>
        <p id="identity" role="status">Nobody.</p>
        \(operations.first(where: isLogIn).map(logIn) ?? "")
        <form id="credentials" aria-label="Access token or API key">
        <p><label for="bearer">Access token</label><input id="bearer" name="bearer" type="password" autocomplete="off"></p>
        <p><label for="key">or API key</label><input id="key" name="key" type="password" autocomplete="off"></p>
        <p><button>Use</button></p>
        </form>
        <p><button id="forget" type="button">Forget</button></p>
        </section>
        """
    }

    /// What takes a name and a password, and answers with a token.
    private static func isLogIn(_ mounted: MountedOperation) -> Bool {
        let operation = mounted.description
        return mounted.method == "POST" && Set(operation.input.required ?? []) == ["username", "password"]
            && operation.output?.properties?["access_token"] != nil
    }

    private static func logIn(_ mounted: MountedOperation) -> String {
        """
        <form id="login" data-path="\(HTML.escape(mounted.route))" aria-label="Log in">
        <p><label for="username">Name</label><input id="username" name="username" autocomplete="username" required></p>
        <p><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required></p>
        <p><button>Log in</button></p>
        </form>
        """
    }
}

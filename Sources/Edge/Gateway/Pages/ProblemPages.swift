// `/problems` and `/problems/{code}`: what each error means, made from the table of codes and what the operations declare.

internal import Bus

enum ProblemPages {
    /// A page for each code, by its path; the list is at `/problems`.
    static func all(_ operations: [MountedOperation]) -> [String: [UInt8]] {
        let codes = ErrorTable.codes(of: operations)
        var pages = Dictionary(uniqueKeysWithValues: codes.map { ($0.page, page($0, operations)) })
        pages["/problems"] = list(codes)
        return pages
    }

    private static func list(_ codes: [ErrorCode]) -> [UInt8] {
        let rows = codes.sorted { ($0.status, $0.name) < ($1.status, $1.name) }.map { code in
            "<tr><td>\(code.status)</td><td><a href=\"\(HTML.escape(code.page))\"><code>\(HTML.escape(code.name))</code></a></td>"
                + "<td>\(HTML.escape(code.title))</td></tr>"
        }
        return HTML.page(
            title: "FountainAI: errors",
            """
            <h1>Errors</h1>
            <p>Every answer that is no success is <code>application/problem+json</code> (RFC 9457) with one of these as its <code>code</code>.</p>
            <table><tr><th>Status</th><th>Code</th><th></th></tr>
            \(rows.joined(separator: "\n"))
            </table>
            """
        )
    }

    private static func page(_ code: ErrorCode, _ operations: [MountedOperation]) -> [UInt8] {
        let declaring = operations.filter { $0.description.errors.contains { $0.name == code.name } }.map { mounted in
            "<li><a href=\"/docs#\(HTML.escape(mounted.description.name))\"><code>\(HTML.escape(mounted.description.name))</code></a></li>"
        }
        let named =
            declaring.isEmpty
            ? "" : "<h2>Operations that name it</h2>\n<ul>\n\(declaring.joined(separator: "\n"))\n</ul>"
        return HTML.page(
            title: "FountainAI: \(code.name)",
            """
            <h1><code>\(HTML.escape(code.name))</code></h1>
            <p>Status \(code.status): \(HTML.escape(code.title)).</p>
            <p>\(advice(code.status))</p>
            <p class="note">The answer's <code>detail</code> says what happened, its <code>errors</code> which fields are wrong, and its
            <code>trace_id</code> where the log has it. <a href="/problems">All errors</a>.</p>
            \(named)
            """
        )
    }

    /// What its sender can do about a status.
    private static func advice(_ status: Int) -> String {
        switch status {
        case 401: "Say who you are, or prove it again: the header <code>WWW-Authenticate</code> says how."
        case 403: "Who you are is known, and may not do this. Another attempt will be answered the same."
        case 404, 405, 410, 421: "Look at what there is: <a href=\"/docs\">/docs</a>."
        case 408, 429:
            "Nothing was done. Send it again, after the seconds in <code>Retry-After</code> where that is given."
        case 503:
            """
            Nothing was done, but where <code>detail</code> says what was. Send it again, after the seconds in \
            <code>Retry-After</code> where that is given.
            """
        case 409, 412, 428: "Read the present state, and decide anew."
        case 502, 504:
            "What was asked may have been done or not. Look, or repeat it with the same <code>Idempotency-Key</code>."
        case 500...: "It is not your fault. The log has the trace."
        default: "Change the request; the same one will be answered the same."
        }
    }
}

// A page of HTML: one style, no scripts, nothing from elsewhere, and every word of others escaped.

enum HTML {
    /// What a browser may do with our pages: show them.
    static let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    static func page(title: String, _ body: String) -> [UInt8] {
        let page = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escape(title))</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
        return Array(page.utf8)
    }

    private static let style = """
        :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0 }
        main { max-width: 56rem; margin: 0 auto; padding: 2rem 1rem 4rem }
        h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) }
        code, .path { font-family: ui-monospace, monospace; font-size: .9em }
        section { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 1rem 0 }
        section h3 { margin: 0; font-size: 1rem }
        .method { display: inline-block; min-width: 4.2em; font-weight: 700 }
        .note { opacity: .75; margin: .25rem 0 }
        table { border-collapse: collapse; width: 100%; font-size: .9em; margin: .5rem 0 }
        th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line) }
        """
}

// A page of HTML: one style, scripts of ours where a page has one, nothing from elsewhere, and every word of others escaped.

enum HTML {
    /// What a browser may do with our pages: show them, run what we serve beside them, and ask us. No text becomes markup or script.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'
        """

    /// By the scalar, as a browser reads it: to Swift a `<` and what Unicode joins with it are one letter, and another one than `<`.
    static func escape(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;".unicodeScalars
            case "<": escaped += "&lt;".unicodeScalars
            case ">": escaped += "&gt;".unicodeScalars
            case "\"": escaped += "&quot;".unicodeScalars
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// A whole page; with `script` one that `/docs.js` belongs to.
    static func page(title: String, script: Bool = false, _ body: String) -> [UInt8] {
        let page = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escape(title))</title>
            <link rel="stylesheet" href="/docs.css">
            \(script ? "<script src=\"/docs.js\" defer></script>" : "")
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
}

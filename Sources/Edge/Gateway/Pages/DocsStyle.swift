// `/docs.css`: the style of all our pages. Light or dark as the reader's system has it.

enum DocsStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --raised: #f6f8fa; --accent: #0a58ca; --bad: #b42318;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #0d1117; --text: #e6edf3; --soft: #9aa5b1; --line: #30363d; --raised: #161b22; --accent: #79b8ff; --bad: #ff9a92;
          }
        }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: var(--back); color: var(--text) }
        main { max-width: 56rem; margin: 0 auto; padding: 2rem 1rem 4rem }
        a { color: var(--accent) }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
        h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) }
        code, pre, textarea, .path { font-family: ui-monospace, monospace; font-size: .9em }
        section { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 1rem 0 }
        section h3 { margin: 0; font-size: 1rem }
        .method { display: inline-block; min-width: 4.2em; font-weight: 700 }
        .note { color: var(--soft); margin: .25rem 0 }
        table { border-collapse: collapse; width: 100%; font-size: .9em; margin: .5rem 0 }
        th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line) }
        form p { display: grid; gap: .25rem; margin: .5rem 0 }
        input, textarea, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .25rem }
        input, textarea { padding: .35rem .5rem; width: 100%; box-sizing: border-box }
        textarea { font-family: ui-monospace, monospace; resize: vertical }
        button { padding: .35rem 1rem; background: var(--raised); cursor: pointer }
        summary { cursor: pointer; color: var(--accent) }
        pre { background: var(--raised); padding: .75rem; overflow: auto; max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere }
        .failed { color: var(--bad) }

        """
}

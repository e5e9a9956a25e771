import Commands

/// The one style sheet of all pages, and the policy that lets a page have it and nothing else.
enum PageStyle {
    /// This sheet and no other; no script, no frame, nothing from elsewhere. The icon is an empty one, so that browsers ask for none.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'sha256-\(SHA256Digest.base64(Array(sheet.utf8)))'; img-src data:; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// Lengths grow with the reader's letters; the margins at the sides do so no further than the screen allows.
    static let sheet = """
        :root { color-scheme: light dark; --ink: #1c2430; --faint: #565f6b; --paper: #f4f2ec; --card: #ffffff; --soft: #eceae2; --act: #0b5d4e; --on-act: #ffffff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #eceae4; --faint: #a9b0ba; --paper: #11151b; --card: #1a2029; --soft: #2a323d; --act: #7fd6c2; --on-act: #10201c; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 36rem; padding: min(2rem, 5vw) min(1.25rem, 4vw); background: var(--paper); color: var(--ink); font: 1.125rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        header { margin: 0 min(1.75rem, 5vw) .75rem; color: var(--act); font-weight: 700; }
        main { padding: min(1.75rem, 5vw); background: var(--card); border-radius: .75rem; }
        h1 { margin: 0; font-size: min(1.6rem, 13vw); line-height: 1.25; }
        p { margin: 1rem 0 0; }
        code { padding: .1em .3em; background: var(--soft); border-radius: .25rem; font: .95em ui-monospace, monospace; white-space: nowrap; }
        pre { margin: 1rem 0 0; padding: .75rem min(1rem, 4vw); background: var(--soft); border-radius: .5rem; font: inherit; white-space: pre-wrap; }
        pre code { padding: 0; white-space: inherit; -webkit-user-select: all; user-select: all; }
        var { color: var(--faint); -webkit-user-select: none; user-select: none; }
        form { margin: 1.5rem 0 0; }
        button { width: 100%; min-height: 3rem; padding: .75rem min(1.5rem, 4vw); font: inherit; font-weight: 600; color: var(--on-act); background: var(--act); border: 2px solid transparent; border-radius: .5rem; cursor: pointer; }
        button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
        .remark { color: var(--faint); font-size: .9em; }
        @media (min-width: 36rem) { button { width: auto; } }
        """
}

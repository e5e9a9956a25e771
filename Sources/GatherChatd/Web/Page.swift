import Commands

/// The pages of the web door: one frame, no script, readable on a phone, in the colours that the reader prefers.
struct Page {
    let title: String
    /// Paragraphs of text, not markup.
    let paragraphs: [String]
    /// A line to copy.
    var command: String?
    /// The words of the one button; it POSTs to the page's own address.
    var button: String?

    var html: String {
        var body = paragraphs.map { "<p>\(Self.escape($0))</p>" }.joined(separator: "\n")
        if let command { body += "\n<pre><code>\(Self.escape(command))</code></pre>" }
        if let button {
            body += "\n<form method=\"post\"><button type=\"submit\">\(Self.escape(button))</button></form>"
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>\(Self.escape(title)) - QuickGather</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(Self.escape(title))</h1>
            \(body)
            </main>
            </body>
            </html>

            """
    }

    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// The style sheet's digest for the content-security policy: this sheet and no other.
    static let styleHash = "sha256-\(SHA256Digest.base64(Array(style.utf8)))"

    static let style = """
        :root { color-scheme: light dark; --ink: #1c2430; --paper: #fbfaf7; --act: #0b5d4e; --on-act: #ffffff; --soft: #e9e6de; }
        @media (prefers-color-scheme: dark) { :root { --ink: #eceae4; --paper: #161b22; --act: #7fd6c2; --on-act: #10201c; --soft: #252c36; } }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.5 system-ui, sans-serif; }
        main { max-width: 34rem; margin: 0 auto; padding: 2.5rem 1.25rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; }
        pre { background: var(--soft); padding: .75rem 1rem; border-radius: .5rem; overflow-x: auto; }
        button { font: inherit; font-weight: 600; color: var(--on-act); background: var(--act); border: 0; border-radius: .5rem; padding: .75rem 1.5rem; min-height: 3rem; cursor: pointer; }
        button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
        """
}

import Commands

/// The pages of the web door: one frame, no script, readable on a phone, in the colours that the reader prefers.
struct Page {
    /// A line to type in the chat.
    struct Command {
        /// What is copied: one click selects it and no more.
        let words: String
        /// What only the reader knows, to be typed behind it.
        let ownWords: String
    }

    let title: String
    /// Paragraphs of text, not markup; a word between backticks is one to type.
    let paragraphs: [String]
    var command: Command?
    /// The words of the one button; it POSTs to the page's own address.
    var button: String?
    /// A last remark, in small letters.
    var remark: String?

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <link rel="icon" href="data:,">
        <title>\(Self.escape(title)) - QuickGather</title>
        <style>\(PageStyle.sheet)</style>
        </head>
        <body>
        <header>QuickGather</header>
        <main>
        <h1>\(Self.escape(title))</h1>
        \(content.joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    private var content: [String] {
        var parts = paragraphs.map { "<p>\(Self.markup($0))</p>" }
        if let command {
            parts.append(
                "<pre><code>\(Self.escape(command.words))</code> <var>\(Self.escape(command.ownWords))</var></pre>")
        }
        if let button {
            parts.append("<form method=\"post\"><button type=\"submit\">\(Self.escape(button))</button></form>")
        }
        if let remark { parts.append("<p class=\"remark\">\(Self.markup(remark))</p>") }
        return parts
    }

    /// Text with its words to type marked as such.
    private static func markup(_ text: String) -> String {
        escape(text).split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "<code>\($0.element)</code>" }
            .joined()
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
}

import Sandbox

/// One self-contained page: no scripts, no requests, light and dark by the reader's setting, and printable.
public struct HTMLPage: Sendable {
    private let title: String
    private let language: Language
    private var body = ""
    private var contents: [(anchor: String, title: String)] = []

    public init(title: String, lead: String, language: Language) {
        self.title = title
        self.language = language
        body = "<header><h1>\(Markup.escape(title))</h1><p class=\"lead\">\(Markup.escape(lead))</p></header>\n"
    }

    public mutating func section(_ title: String, anchor: String) {
        contents.append((anchor, title))
        body += "<h2 id=\"\(Markup.escape(anchor))\">\(Markup.escape(title))</h2>\n"
    }

    public mutating func subsection(_ title: String) { body += "<h3>\(Markup.escape(title))</h3>\n" }

    public mutating func paragraph(_ text: String) { body += "<p>\(Markup.escape(text))</p>\n" }

    /// A sentence that a hurried reader must not miss.
    public mutating func callout(_ text: String, warning: Bool = false) {
        body += "<p class=\"callout\(warning ? " warning" : "")\">\(Markup.escape(text))</p>\n"
    }

    /// What a card says of its subject, told by colour, sign and word.
    public enum Tone: String, Sendable { case good, bad, open, plain }

    public struct Card: Sendable {
        public var tone: Tone
        public var badge: String
        public var title: String
        /// Sentences, the most important one first.
        public var lines: [String]
        public init(tone: Tone, badge: String, title: String, lines: [String]) {
            self.tone = tone
            self.badge = badge
            self.title = title
            self.lines = lines
        }
    }

    /// Subjects side by side, each with what there is to say of it.
    public mutating func cards(_ cards: [Card]) {
        body += "<div class=\"cards\">\n"
        for card in cards {
            body += "<section class=\"card \(card.tone.rawValue)\"><p class=\"badge\">\(Markup.escape(card.badge))</p><h3>\(Markup.escape(card.title))</h3>"
            body += card.lines.map { "<p>\(Markup.escape($0))</p>" }.joined() + "</section>\n"
        }
        body += "</div>\n"
    }

    /// Pictures side by side where there is room. `markup` is SVG made by this module.
    public mutating func figures(_ figures: [(markup: String, caption: String)]) {
        body += "<div class=\"figures\">\n"
        for figure in figures {
            body += "<figure>\(figure.markup)<figcaption>\(Markup.escape(figure.caption))</figcaption></figure>\n"
        }
        body += "</div>\n"
    }

    /// A table; columns after the first are numbers, set to the right, unless named in `texts`.
    public mutating func table(_ titles: [String], _ rows: [[String]], texts: Set<Int> = [0]) {
        func cell(_ tag: String, _ text: String, _ column: Int) -> String {
            "<\(tag)\(texts.contains(column) ? "" : " class=\"number\"")>\(Markup.escape(text))</\(tag)>"
        }
        body += "<div class=\"scroll\"><table><thead><tr>" + titles.enumerated().map { cell("th", $1, $0) }.joined() + "</tr></thead><tbody>\n"
        for row in rows { body += "<tr>" + row.enumerated().map { cell("td", $1, $0) }.joined() + "</tr>\n" }
        body += "</tbody></table></div>\n"
    }

    /// A reason card.
    public mutating func card(_ card: ReasonCard) { body += CardMarkup.article(card, language: language) }

    public mutating func code(_ text: String) { body += "<pre><code>\(Markup.escape(text))</code></pre>\n" }

    public func markup(footer: String) -> String {
        let nav = contents.map { "<a href=\"#\(Markup.escape($0.anchor))\">\(Markup.escape($0.title))</a>" }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="\(language == .chinese ? "zh-Hans" : "en")">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(Markup.escape(title))</title>
            <style>
            \(StyleSheet.text)
            \(CardMarkup.style)
            </style>
            </head>
            <body>
            <main>
            \(body.replacingFirst("</header>", with: "</header>\n<nav>\(nav)</nav>"))
            <footer>\(Markup.escape(footer))</footer>
            </main>
            </body>
            </html>

            """
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}

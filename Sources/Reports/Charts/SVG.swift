import Documents

/// A drawing of fixed size in user units, scaled by the page. Colours are CSS variables of the page, so that one drawing
/// serves light, dark and print; outside such a page the fallbacks behind each variable hold.
struct SVG {
    enum Anchor: String { case start, middle, end }

    let width: Double
    private(set) var height: Double
    private let title: String
    private let description: String
    private var body = ""

    /// - Parameters:
    ///   - title: what the picture is, read by screen readers.
    ///   - description: what it says, in a sentence.
    init(width: Double, height: Double, title: String, description: String) {
        self.width = width
        self.height = height
        self.title = title
        self.description = description
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: Palette, width: Double = 1, dash: String? = nil) {
        body += "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" stroke=\"\(color.css)\" stroke-width=\"\(n(width))\""
        if let dash { body += " stroke-dasharray=\"\(dash)\"" }
        body += "/>\n"
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double, color: Palette, opacity: Double = 1) {
        body += "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(max(0, height)))\" fill=\"\(color.css)\""
        if opacity < 1 { body += " fill-opacity=\"\(n(opacity))\"" }
        body += "/>\n"
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, color: Palette) {
        body += "<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\" fill=\"\(color.css)\"/>\n"
    }

    /// A mark told apart from a circle by its form as well as its colour.
    mutating func diamond(_ x: Double, _ y: Double, radius r: Double, color: Palette) {
        let path = "M\(n(x - r)) \(n(y))L\(n(x)) \(n(y - r))L\(n(x + r)) \(n(y))L\(n(x)) \(n(y + r))Z"
        body += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(color.css)\" stroke-width=\"2\"/>\n"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], color: Palette, width: Double = 2, dash: String? = nil) {
        let path = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
        body += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(color.css)\" stroke-width=\"\(n(width))\" stroke-linejoin=\"round\""
        if let dash { body += " stroke-dasharray=\"\(dash)\"" }
        body += "/>\n"
    }

    /// Strokes of a path with round ends; a move followed by `h0` is a dot.
    mutating func path(_ path: String, color: Palette, width: Double) {
        body += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(color.css)\" stroke-width=\"\(n(width))\" stroke-linecap=\"round\"/>\n"
    }

    /// A line that bends towards a point (quadratic).
    mutating func curve(_ a: (x: Double, y: Double), through c: (x: Double, y: Double), _ b: (x: Double, y: Double), color: Palette, width: Double, opacity: Double) {
        body += "<path d=\"M\(n(a.x)) \(n(a.y))Q\(n(c.x)) \(n(c.y)) \(n(b.x)) \(n(b.y))\" fill=\"none\" stroke=\"\(color.css)\""
        body += " stroke-width=\"\(n(width))\" stroke-opacity=\"\(n(opacity))\" stroke-linecap=\"round\"/>\n"
    }

    /// A filled path, such as a band between two places.
    mutating func shape(_ path: String, color: Palette, opacity: Double) {
        body += "<path d=\"\(path)\" fill=\"\(color.css)\" fill-opacity=\"\(n(opacity))\"/>\n"
    }

    /// Makes room below, such as for a legend.
    mutating func grow(_ space: Double) { height += space }

    /// A coordinate for `path`.
    func number(_ value: Double) -> String { n(value) }

    /// A filled outline, such as a band of uncertainty.
    mutating func area(_ points: [(x: Double, y: Double)], color: Palette, opacity: Double) {
        let path = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
        body += "<polygon points=\"\(path)\" fill=\"\(color.css)\" fill-opacity=\"\(n(opacity))\"/>\n"
    }

    mutating func text(_ text: String, x: Double, y: Double, anchor: Anchor = .start, size: Double = 13, color: Palette = .ink, bold: Bool = false) {
        body += "<text x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor.rawValue)\" font-size=\"\(n(size))\" fill=\"\(color.css)\""
        if bold { body += " font-weight=\"600\"" }
        body += ">\(Markup.escape(text))</text>\n"
    }

    /// Text that ends at (x, y) and rises to it at 35 degrees: names under an axis that has no room for them.
    mutating func leaningText(_ text: String, x: Double, y: Double, size: Double, color: Palette) {
        body += "<text x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"end\" font-size=\"\(n(size))\" fill=\"\(color.css)\""
        body += " transform=\"rotate(-35 \(n(x)) \(n(y)))\">\(Markup.escape(text))</text>\n"
    }

    var markup: String {
        """
        <svg viewBox="0 0 \(n(width)) \(n(height))" xmlns="http://www.w3.org/2000/svg" role="img" style="max-width:\(n(width))px" \
        font-family="system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"><title>\(Markup.escape(title))</title>\
        <desc>\(Markup.escape(description))</desc>
        \(body)</svg>
        """
    }

    private func n(_ value: Double) -> String { NumberText.shortest((value * 100).rounded() / 100) }
}

/// Colours by meaning; Okabe and Ito's palette, told apart under the common colour-vision deficiencies.
enum Palette: String, CaseIterable {
    case ink, muted, rule, accent, positive, negative, truth
    /// From low to high values, told apart by lightness as well; and a value that is missing.
    case ramp0, ramp1, ramp2, ramp3, ramp4, absent

    var css: String {
        let fallback = switch self {
        case .ink: "#1c2430"
        case .muted: "#5b6675"
        case .rule: "#d5dbe3"
        case .accent: "#0072b2"
        case .positive: "#0072b2"
        case .negative: "#d55e00"
        case .truth: "#009e73"
        case .ramp0: "#f0b429"
        case .ramp1: "#dd7c3c"
        case .ramp2: "#b8487a"
        case .ramp3: "#75309a"
        case .ramp4: "#2a1a7a"
        case .absent: "#9aa5b1"
        }
        return "var(--\(rawValue), \(fallback))"
    }
}

enum Markup {
    /// Text made safe inside elements and quoted attributes.
    static func escape(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                // Control characters are no XML: a replacement mark shows that something stood there.
                if scalar.value < 0x20, scalar != "\n", scalar != "\t" { result += "\u{FFFD}" } else { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}

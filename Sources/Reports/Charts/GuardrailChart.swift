import Documents

/// Changes of one guarded outcome with their adjusted intervals; what lies beyond the bound is shaded.
public struct GuardrailChart: Sendable {
    public struct Row: Sendable {
        public var label: String
        public var value: Double
        public var lower: Double
        public var upper: Double
        /// In words, after a sign that tells it without colour.
        public var status: String
        public var isBroken: Bool
        public init(label: String, value: Double, lower: Double, upper: Double, status: String, isBroken: Bool) {
            self.label = label
            self.value = value
            self.lower = lower
            self.upper = upper
            self.status = status
            self.isBroken = isBroken
        }
    }

    public var title: String
    public var axis: String
    public var rows: [Row]
    /// Where it begins to be too much; above it, or below.
    public var bound: Double
    public var isAbove: Bool
    public var percent: Bool

    public init(title: String, axis: String, rows: [Row], bound: Double, isAbove: Bool, percent: Bool) {
        self.title = title
        self.axis = axis
        self.rows = rows
        self.bound = bound
        self.isAbove = isAbove
        self.percent = percent
    }

    public func markup(language t: Language) -> String {
        let labelWidth = Labels.room(rows.map(\.label)), row = 34.0, width = 720.0, top = 24.0
        let height = top + row * Double(rows.count) + 46
        var svg = SVG(width: width, height: height, title: title, description: t("\(rows.count) changes with adjusted intervals, and the bound.", "\(rows.count) 项变化及校正后的区间，并标出界限。"))
        let ends: [Double] = rows.map(\.lower) + rows.map(\.upper) + [0, bound]
        let low = ends.min()!, high = ends.max()!, space = max(high - low, 1e-9) * 0.08
        let x = Scale(low - space ... high + space, to: (labelWidth + 16, width - 110)), bottom = height - 42
        let edge = x(bound), end = isAbove ? x.range.to : x.range.from
        svg.rectangle(x: min(edge, end), y: top, width: abs(end - edge), height: bottom - top, color: .negative, opacity: 0.1)
        for tick in x.ticks() {
            svg.line(x(tick), top, x(tick), bottom, color: .rule)
            svg.text(x.label(tick, percent: percent), x: x(tick), y: height - 26, anchor: .middle, size: 12, color: .muted)
        }
        svg.line(x(0), top, x(0), bottom, color: .muted, width: 1.5)
        svg.line(edge, top, edge, bottom, color: .negative, width: 2, dash: "5 3")
        svg.text(t("bound", "界限"), x: edge, y: top - 8, anchor: .middle, size: 12, color: .muted)
        for (index, entry) in rows.enumerated() {
            let y = top + row * (Double(index) + 0.5), color: Palette = entry.isBroken ? .negative : .accent
            svg.label(entry.label, x: labelWidth + 8, y: y + 4, room: labelWidth)
            svg.line(x(entry.lower), y, x(entry.upper), y, color: color, width: 2)
            for end in [entry.lower, entry.upper] { svg.line(x(end), y - 4, x(end), y + 4, color: color, width: 2) }
            if entry.isBroken { svg.diamond(x(entry.value), y, radius: 6, color: color) } else { svg.circle(x(entry.value), y, radius: 5, color: color) }
            svg.text(entry.status, x: width - 4, y: y + 4, anchor: .end, bold: entry.isBroken)
        }
        svg.text(axis, x: (labelWidth + width - 94) / 2, y: height - 6, anchor: .middle, size: 12, color: .muted)
        return svg.markup
    }
}

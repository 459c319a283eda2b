import Documents

/// Estimates with intervals, one a row; the truth beside them where it is known.
public struct ForestPlot: Sendable {
    public struct Row: Sendable {
        public var label: String
        public var value: Double
        public var lower: Double
        public var upper: Double
        /// The true value, known for simulated histories only.
        public var truth: Double?
        public init(label: String, value: Double, lower: Double, upper: Double, truth: Double? = nil) {
            self.label = label
            self.value = value
            self.lower = lower
            self.upper = upper
            self.truth = truth
        }
    }

    public var title: String
    public var axis: String
    public var rows: [Row]
    /// A line of reference, such as 0 for differences.
    public var reference: Double?
    public var percent: Bool

    public init(title: String, axis: String, rows: [Row], reference: Double? = nil, percent: Bool = false) {
        self.title = title
        self.axis = axis
        self.rows = rows
        self.reference = reference
        self.percent = percent
    }

    public func markup(language: Language) -> String {
        let labelWidth = Labels.room(rows.map(\.label)), row = 34.0, width = 720.0, top = 12.0
        let height = top + row * Double(rows.count) + 46
        var svg = SVG(width: width, height: height, title: title,
                      description: language("\(rows.count) estimates with 95 % intervals.", "\(rows.count) 个估计值及其 95% 区间。"))
        let ends = rows.flatMap { [$0.lower, $0.upper, $0.truth ?? $0.value] } + (reference.map { [$0] } ?? [])
        let low = ends.min() ?? 0, high = ends.max() ?? 1, space = max(high - low, 1e-9) * 0.05
        let x = Scale(low - space ... high + space, to: (labelWidth + 16, width - 130))
        for tick in x.ticks() {
            svg.line(x(tick), top, x(tick), height - 42, color: .rule)
            svg.text(x.label(tick, percent: percent), x: x(tick), y: height - 26, anchor: .middle, size: 12, color: .muted)
        }
        if let reference { svg.line(x(reference), top, x(reference), height - 42, color: .muted, width: 1.5) }
        for (index, entry) in rows.enumerated() {
            let y = top + row * (Double(index) + 0.5)
            svg.label(entry.label, x: labelWidth + 8, y: y + 4, room: labelWidth)
            svg.line(x(entry.lower), y, x(entry.upper), y, color: .accent, width: 2)
            for end in [entry.lower, entry.upper] { svg.line(x(end), y - 4, x(end), y + 4, color: .accent, width: 2) }
            svg.circle(x(entry.value), y, radius: 5, color: .accent)
            if let truth = entry.truth { svg.diamond(x(truth), y, radius: 7, color: .truth) }
            svg.text(number(entry.value), x: width - 4, y: y + 4, anchor: .end)
        }
        svg.text(axis, x: (labelWidth + width - 110) / 2, y: height - 6, anchor: .middle, size: 12, color: .muted)
        return svg.markup
    }

    private func number(_ value: Double) -> String {
        percent ? NumberText.fixed(value * 100, decimals: 2) + " %" : NumberText.rounded(value, significantDigits: 4)
    }
}

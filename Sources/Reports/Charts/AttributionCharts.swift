import Documents
import Models

/// Pictures of why a model says what it says.
public enum AttributionCharts {
    public struct Bar: Sendable {
        public var label: String
        public var value: Double
        public var lower: Double
        public var upper: Double
        public init(label: String, value: Double, lower: Double, upper: Double) {
            self.label = label
            self.value = value
            self.lower = lower
            self.upper = upper
        }
    }

    public struct Step: Sendable {
        /// The feature with its value, such as `tenure = 3`.
        public var label: String
        public var contribution: Double
        public init(label: String, contribution: Double) {
            self.label = label
            self.contribution = contribution
        }
    }

    /// Mean absolute contribution of each feature, largest first, with intervals.
    public static func importance(_ bars: [Bar], language: Language) -> String {
        let labelWidth = Labels.room(bars.map(\.label)), row = 26.0, width = 720.0, top = 10.0
        let height = top + row * Double(bars.count) + 44
        var svg = SVG(width: width, height: height, title: language("What matters overall", "整体上什么最重要"),
                      description: language("Mean absolute contribution of each feature to the margin, with 95 % intervals.", "各特征对得分（对数几率）的平均绝对贡献及 95% 区间。"))
        let x = Scale(0 ... max(bars.map(\.upper).max() ?? 1, 1e-12), to: (labelWidth + 12, width - 20))
        for tick in x.ticks() {
            svg.line(x(tick), top, x(tick), height - 40, color: .rule)
            svg.text(x.label(tick), x: x(tick), y: height - 24, anchor: .middle, size: 12, color: .muted)
        }
        for (index, bar) in bars.enumerated() {
            let y = top + row * Double(index)
            svg.label(bar.label, x: labelWidth + 4, y: y + 16, room: labelWidth)
            svg.rectangle(x: x(0), y: y + 4, width: x(bar.value) - x(0), height: row - 9, color: .accent, opacity: 0.75)
            svg.line(x(max(0, bar.lower)), y + 11.5, x(bar.upper), y + 11.5, color: .ink, width: 1.5)
        }
        svg.text(language("mean absolute contribution (log-odds)", "平均绝对贡献（对数几率）"), x: (labelWidth + width) / 2, y: height - 6, anchor: .middle, size: 12, color: .muted)
        return svg.markup
    }

    /// From the base value to one customer's margin, feature by feature: each bar begins where the last one ended.
    /// The caller has put the least features into one step, so that the steps add up.
    public static func waterfall(base: Double, steps: [Step], margin: Double, probability: String, language: Language) -> String {
        let baseLabel = language("average customer", "平均客户"), endLabel = language("this customer", "该客户")
        let labelWidth = Labels.room(steps.map(\.label) + [baseLabel, endLabel]), row = 26.0, width = 720.0, top = 10.0
        let height = top + row * Double(steps.count + 2) + 44
        var svg = SVG(width: width, height: height, title: language("Why this score", "得分原因"),
                      description: language("From the base value \(NumberText.fixed(base, decimals: 3)) to the margin \(NumberText.fixed(margin, decimals: 3)), contribution by contribution.",
                                            "从基准值 \(NumberText.fixed(base, decimals: 3)) 逐项累加到该客户的 \(NumberText.fixed(margin, decimals: 3))。"))
        var positions = [base]
        for step in steps { positions.append(positions[positions.count - 1] + step.contribution) }
        let low = min(positions.min() ?? base, margin), high = max(positions.max() ?? base, margin), space = max(high - low, 1e-9) * 0.12
        let x = Scale(low - space ... high + space, to: (labelWidth + 16, width - 16))
        for tick in x.ticks() {
            svg.line(x(tick), top, x(tick), height - 40, color: .rule)
            svg.text(x.label(tick), x: x(tick), y: height - 24, anchor: .middle, size: 12, color: .muted)
        }
        svg.text(baseLabel, x: labelWidth + 8, y: top + 17, anchor: .end, color: .muted)
        svg.circle(x(base), top + 13, radius: 4, color: .muted)
        svg.text(NumberText.fixed(base, decimals: 2), x: x(base) + 8, y: top + 17, size: 12, color: .muted)
        for (index, step) in steps.enumerated() {
            let y = top + row * Double(index + 1), from = positions[index], to = positions[index + 1]
            let color: Palette = step.contribution >= 0 ? .positive : .negative
            svg.line(x(from), y - row / 2, x(from), y + 4, color: .muted, dash: "2 2")
            svg.label(step.label, x: labelWidth + 8, y: y + 17, room: labelWidth)
            svg.rectangle(x: min(x(from), x(to)), y: y + 4, width: max(abs(x(to) - x(from)), 1), height: row - 9, color: color, opacity: 0.85)
            let sign = step.contribution >= 0 ? "+" : "−", text = sign + NumberText.fixed(abs(step.contribution), decimals: 2)
            // The number stands on the side where the bar ends, unless the field ends there.
            if step.contribution >= 0, x(to) < width - 70 { svg.text(text, x: x(to) + 5, y: y + 17, size: 12, color: .ink) }
            else if step.contribution >= 0 { svg.text(text, x: x(from) - 5, y: y + 17, anchor: .end, size: 12, color: .ink) }
            else if x(to) > labelWidth + 66 { svg.text(text, x: x(to) - 5, y: y + 17, anchor: .end, size: 12, color: .ink) }
            else { svg.text(text, x: x(from) + 5, y: y + 17, size: 12, color: .ink) }
        }
        let y = top + row * Double(steps.count + 1)
        svg.text(endLabel, x: labelWidth + 8, y: y + 17, anchor: .end, bold: true)
        svg.circle(x(margin), y + 13, radius: 5, color: .ink)
        svg.text("\(NumberText.fixed(margin, decimals: 2)) = \(probability)", x: x(margin) + (x(margin) > width - 150 ? -10 : 10), y: y + 17,
                 anchor: x(margin) > width - 150 ? .end : .start, bold: true)
        svg.text(language("log-odds", "对数几率"), x: (labelWidth + width) / 2, y: height - 6, anchor: .middle, size: 12, color: .muted)
        return svg.markup
    }
}

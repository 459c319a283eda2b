import Documents

/// Shares of a whole: what drives a change, how weights are spread, how groups are treated.
public enum ShareCharts {
    public struct Part: Sendable {
        public var label: String
        public var share: Double
        /// Drawn apart from the others: no feature's part.
        public var isRest: Bool
        public init(label: String, share: Double, isRest: Bool = false) {
            self.label = label
            self.share = share
            self.isRest = isRest
        }
    }

    /// One bar a part, in the order given.
    public static func drivers(_ parts: [Part], language t: Language) -> String {
        let labelWidth = Labels.room(parts.map(\.label)), row = 26.0, width = 720.0, top = 10.0
        let height = top + row * Double(parts.count) + 44
        var svg = SVG(width: width, height: height, title: t("What drives the difference", "差异由什么引起"),
                      description: t("Shares of the difference in decisions, \(parts.count) parts.", "决策差异的构成，共 \(parts.count) 部分。"))
        let low = min(0, parts.map(\.share).min() ?? 0), high = max(parts.map(\.share).max() ?? 1, 1e-9)
        let x = Scale(low ... high, to: (labelWidth + 12, width - 70))
        for tick in x.ticks() {
            svg.line(x(tick), top, x(tick), height - 40, color: .rule)
            svg.text(x.label(tick, percent: true), x: x(tick), y: height - 24, anchor: .middle, size: 12, color: .muted)
        }
        for (index, part) in parts.enumerated() {
            let y = top + row * Double(index)
            svg.label(part.label, x: labelWidth + 4, y: y + 16, room: labelWidth)
            svg.rectangle(x: min(x(0), x(part.share)), y: y + 4, width: abs(x(part.share) - x(0)), height: row - 9, color: part.isRest ? .muted : .accent, opacity: part.isRest ? 0.4 : 0.8)
            svg.text(NumberText.fixed(100 * part.share, decimals: 1) + " %", x: max(x(0), x(part.share)) + 6, y: y + 16, size: 12)
        }
        svg.text(t("share of the difference in decisions", "占决策差异的比例"), x: (labelWidth + width) / 2, y: height - 6, anchor: .middle, size: 12, color: .muted)
        return svg.markup
    }

    public struct WeightBar: Sendable {
        /// The range of weights, such as `1–2`.
        public var label: String
        /// Of all deals, and of all weight.
        public var deals: Double
        public var weight: Double
        public init(label: String, deals: Double, weight: Double) {
            self.label = label
            self.deals = deals
            self.weight = weight
        }
    }

    /// Two bars a range: its share of the deals, and of the weight. Much weight on few deals is thin evidence.
    public static func weights(_ bars: [WeightBar], title: String, language t: Language) -> String {
        let top = max(bars.map { max($0.deals, $0.weight) }.max() ?? 1, 1e-9)
        var frame = Frame(title: title, description: t("Share of deals and of weight in \(bars.count) ranges of weights.", "\(bars.count) 个权重区间内的单数占比与权重占比。"),
                          height: 280, x: -0.5 ... Double(max(1, bars.count)) - 0.5, y: 0 ... top * 1.05, xLabel: t("weight of a deal", "单笔权重"),
                          yLabel: t("share", "占比"), percent: true, levels: bars.map(\.label))
        let half = (frame.x(1) - frame.x(0)) * 0.36, base = frame.y(0)
        for (index, bar) in bars.enumerated() {
            let x = frame.x(Double(index))
            frame.svg.rectangle(x: x - half, y: frame.y(bar.deals), width: half, height: base - frame.y(bar.deals), color: .absent)
            frame.svg.rectangle(x: x, y: frame.y(bar.weight), width: half, height: base - frame.y(bar.weight), color: .accent)
        }
        frame.svg.grow(24)
        legend(&frame.svg, [(.absent, t("of deals", "单数占比")), (.accent, t("of weight", "权重占比"))], x: 62, y: frame.svg.height - 18)
        return frame.svg.markup
    }

    public struct Group: Sendable {
        public var label: String
        /// By action.
        public var shares: [Double]
        /// What stands at the end of the line, such as the group's value.
        public var note: String
        public init(label: String, shares: [Double], note: String) {
            self.label = label
            self.shares = shares
            self.note = note
        }
    }

    /// How groups are treated: a bar a group, cut into the shares of the actions.
    /// - Parameter actions: with the number of each one's colour, so that it is the same in every picture of a page.
    public static func groups(_ groups: [Group], actions: [(name: String, color: Int)], title: String, language t: Language) -> String {
        let labelWidth = min(Labels.room(groups.map(\.label)), 200), noteWidth = min(Labels.room(groups.map(\.note)), 200), row = 30.0, width = 720.0, top = 8.0
        var svg = SVG(width: width, height: top + row * Double(groups.count) + 8, title: title,
                      description: t("Shares of \(actions.count) actions in \(groups.count) groups.", "\(groups.count) 个群体中 \(actions.count) 种动作的占比。"))
        let x = Scale(0 ... 1, to: (labelWidth + 14, width - noteWidth - 12))
        for (index, group) in groups.enumerated() {
            let y = top + row * Double(index)
            svg.label(group.label, x: labelWidth + 4, y: y + 18, room: labelWidth)
            var start = 0.0
            for (action, share) in group.shares.enumerated() where share > 0 {
                let from = x(start), to = x(start + share)
                svg.rectangle(x: from, y: y + 3, width: max(0, to - from - 1), height: row - 9, color: Palette.category(actions[action].color), opacity: 0.75)
                if to - from > 42 { svg.text(NumberText.fixed(100 * share, decimals: 0) + " %", x: (from + to) / 2, y: y + 18, anchor: .middle, size: 11, bold: true) }
                start += share
            }
            svg.text(group.note, x: width - 4, y: y + 18, anchor: .end, size: 12)
        }
        svg.grow(22)
        legend(&svg, actions.map { (Palette.category($0.color), $0.name) }, x: labelWidth + 14, y: svg.height - 16)
        return svg.markup
    }

    /// Names of colours in a line, or several where one has no room.
    private static func legend(_ svg: inout SVG, _ entries: [(Palette, String)], x start: Double, y: Double) {
        var x = start, y = y
        for (color, name) in entries {
            let label = Labels.fitted(name, 320), room = Labels.width(label) + 36
            if x + room > svg.width, x > start {
                x = start
                y += 18
                svg.grow(18)
            }
            svg.rectangle(x: x, y: y, width: 12, height: 12, color: color, opacity: 0.85)
            svg.text(label, x: x + 18, y: y + 10, size: 12, color: .muted)
            x += room
        }
    }
}

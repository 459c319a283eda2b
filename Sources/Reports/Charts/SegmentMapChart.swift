import Documents

/// Who gains and who loses: a line a segment, a field a strategy, blue where the segment gains and orange where it loses, the stronger
/// the more; a frame and a sign where it stands out of chance.
public struct SegmentMapChart: Sendable {
    public struct Field: Sendable {
        /// nil: too few deals to say.
        public var difference: Double?
        /// Whether the interval that holds for the whole search leaves 0 out.
        public var standsOut: Bool
        public var text: String
        public init(difference: Double?, standsOut: Bool, text: String) {
            self.difference = difference
            self.standsOut = standsOut
            self.text = text
        }
    }

    public struct Line: Sendable {
        /// The column, where it is the first line of it.
        public var group: String?
        public var label: String
        public var deals: Int
        /// By strategy.
        public var fields: [Field]
        public init(group: String?, label: String, deals: Int, fields: [Field]) {
            self.group = group
            self.label = label
            self.deals = deals
            self.fields = fields
        }
    }

    public var strategies: [String]
    public var lines: [Line]
    /// Of the differences.
    public var unit: String

    public init(strategies: [String], lines: [Line], unit: String) {
        self.unit = unit
        self.strategies = strategies
        self.lines = lines
    }

    public func markup(language t: Language) -> String {
        let width = 720.0, row = 27.0, head = 70.0, groupRoom = 20.0
        let labelWidth = min(Labels.room(lines.map { $0.label + " (\($0.deals))" }), 230)
        let groups = Double(lines.count { $0.group != nil })
        let height = head + row * Double(lines.count) + groupRoom * groups + 40
        var svg = SVG(width: width, height: height, title: t("Who gains and who loses, by segment", "按客群看：谁受益、谁受损"),
                      description: t("Differences from the champion of \(strategies.count) strategies in \(lines.count) segments.", "\(strategies.count) 个策略在 \(lines.count) 个客群中与现行策略的差异。"))
        let left = labelWidth + 14, cell = (width - left - 4) / Double(max(1, strategies.count))
        for (index, name) in strategies.enumerated() {
            // Bold and small: about the width of plain text.
            let parts = Labels.wrapped(name, room: cell - 8, most: 4)
            for (line, part) in parts.enumerated() {
                svg.text(part, x: left + cell * (Double(index) + 0.5), y: head - 10 - 15 * Double(parts.count - 1 - line), anchor: .middle, size: 12, bold: true)
            }
        }
        let reach = max(lines.flatMap(\.fields).compactMap { $0.difference?.magnitude }.max() ?? 1, 1e-12)
        var y = head
        for line in lines {
            if let group = line.group {
                svg.text(Labels.lines(group, room: labelWidth + 100)[0], x: 4, y: y + 13, size: 12, color: .muted, bold: true)
                y += groupRoom
            }
            svg.label("\(line.label) (\(line.deals))", x: left - 10, y: y + 17, room: labelWidth)
            for (index, field) in line.fields.enumerated() {
                let x = left + cell * Double(index)
                guard let difference = field.difference else {
                    svg.rectangle(x: x + 1, y: y + 1, width: cell - 3, height: row - 3, color: .rule, opacity: 0.3)
                    svg.text(t("too few", "样本不足"), x: x + cell / 2, y: y + 17, anchor: .middle, size: 11, color: .muted)
                    continue
                }
                let color: Palette = difference >= 0 ? .positive : .negative
                svg.rectangle(x: x + 1, y: y + 1, width: cell - 3, height: row - 3, color: color, opacity: 0.06 + 0.34 * difference.magnitude / reach)
                if field.standsOut { svg.frame(x: x + 2, y: y + 2, width: cell - 5, height: row - 5, color: color) }
                svg.text((field.standsOut ? (difference >= 0 ? "▲ " : "▼ ") : "") + field.text, x: x + cell / 2, y: y + 17, anchor: .middle, size: 12, bold: field.standsOut)
            }
            y += row
        }
        svg.text(t("\(unit); deals in brackets. ▲ ▼ and a frame: beyond chance, adjusted for the whole search.", "单位：\(unit)；括号内为单数。带框及 ▲ ▼：已对全部客群校正后仍显著。"),
                 x: 4, y: height - 14, size: 12, color: .muted)
        return svg.markup
    }
}

extension SVG {
    /// The outline of a rectangle.
    mutating func frame(x: Double, y: Double, width: Double, height: Double, color: Palette) {
        let right = x + width, bottom = y + height
        polyline([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], color: color, width: 2)
    }
}

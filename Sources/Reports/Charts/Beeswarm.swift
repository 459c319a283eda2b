import Attribution
import Documents

/// Every sampled row as a point: one line a feature, the contribution across, low to high values by colour, points that would
/// overlap piled up. Nothing is drawn beyond what is handed over, and everything that is.
public struct Beeswarm: Sendable {
    public struct Line: Sendable {
        public var label: String
        public var contributions: [Double]
        /// Where the row's value stands among the feature's: 0 the lowest, 1 the highest; nil = missing. A category without order is nil
        /// in `isOrdered == false` lines, which are drawn in one colour.
        public var ranks: [Double?]
        public var isOrdered: Bool

        public init(label: String, contributions: [Double], ranks: [Double?], isOrdered: Bool) {
            precondition(contributions.count == ranks.count, "a rank for each point")
            self.label = label
            self.contributions = contributions
            self.ranks = ranks
            self.isOrdered = isOrdered
        }
    }

    public var lines: [Line]

    public init(_ lines: [Line]) { self.lines = lines }

    /// Ranks for a column: (the number of values below + half of the others that are equal) / (count - 1), nil for NaN. O(rows · log rows).
    public static func ranks(_ values: [Double]) -> [Double?] {
        let order = values.indices.filter { !values[$0].isNaN }.sorted { values[$0] < values[$1] }
        var result = [Double?](repeating: nil, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            let rank = order.count > 1 ? (Double(start) + Double(end - start - 1) / 2) / Double(order.count - 1) : 0.5
            for row in order[start ..< end] { result[row] = rank }
            start = end
        }
        return result
    }

    /// Offsets from the middle line, one a point: points of one cell stand above and below it by turns, no farther than `reach`.
    static func offsets(_ positions: [Double], cell: Double, step: Double, reach: Double) -> [Double] {
        var counts: [Int: Int] = [:]
        let cells = positions.map { Int(($0 / cell).rounded(.down)) }
        for cell in cells { counts[cell, default: 0] += 1 }
        var seen: [Int: Int] = [:]
        return cells.map { cell in
            let number = seen[cell, default: 0], count = counts[cell]!
            seen[cell] = number + 1
            let unit = min(step, count > 1 ? 2 * reach / Double(count - 1) : step)
            return (number % 2 == 0 ? 1 : -1) * Double((number + 1) / 2) * unit
        }
    }

    public func markup(language: Language) -> String {
        let labelWidth = Labels.room(lines.map(\.label)), row = 34.0, width = 720.0, top = 12.0
        let height = top + row * Double(lines.count) + 76
        let count = lines.first?.contributions.count ?? 0
        var svg = SVG(width: width, height: height, title: language("How values move the score", "特征取值如何影响得分"),
                      description: language("\(count) customers in each of \(lines.count) lines: contribution across, value by colour from low to high.",
                                            "每行 \(count) 位客户，共 \(lines.count) 个特征：横向为贡献，颜色由浅至深表示取值由低到高。"))
        let all = lines.flatMap(\.contributions), low = min(0, all.min() ?? 0), high = max(0, all.max() ?? 1), space = max(high - low, 1e-9) * 0.03
        let x = Scale(low - space ... high + space, to: (labelWidth + 16, width - 14)), bottom = height - 66
        for tick in x.ticks() {
            svg.line(x(tick), top, x(tick), bottom, color: .rule)
            svg.text(x.label(tick), x: x(tick), y: bottom + 16, anchor: .middle, size: 12, color: .muted)
        }
        svg.line(x(0), top, x(0), bottom, color: .muted, width: 1.5)
        for (index, line) in lines.enumerated() {
            let y = top + row * (Double(index) + 0.5)
            svg.label(line.label, x: labelWidth + 6, y: y + 4, room: labelWidth)
            let positions = line.contributions.map { x($0) }
            let offsets = Self.offsets(positions, cell: 3, step: 2.6, reach: row / 2 - 4)
            svg.dots(positions.indices.map { point in
                (positions[point], y + offsets[point], line.isOrdered ? Palette.ramp(line.ranks[point]) : .accent)
            }, radius: 1.7)
        }
        svg.text(language("contribution to the margin (log-odds); right raises, left lowers", "对得分（对数几率）的贡献；向右提高，向左降低"),
                 x: (labelWidth + width) / 2, y: bottom + 34, anchor: .middle, size: 12, color: .muted)
        svg.rampLegend(x: labelWidth + 16, y: bottom + 46, low: language("low value", "取值低"), high: language("high value", "取值高"),
                       missing: language("missing", "缺失"), plain: lines.contains { !$0.isOrdered } ? language("category", "类别") : nil)
        return svg.markup
    }
}

extension Palette {
    static let steps: [Palette] = [.ramp0, .ramp1, .ramp2, .ramp3, .ramp4]

    /// The colour of a rank from 0 to 1; a missing value has its own.
    static func ramp(_ rank: Double?) -> Palette {
        guard let rank else { return .absent }
        return steps[min(steps.count - 1, Int(rank * Double(steps.count)))]
    }
}

extension SVG {
    /// Small round marks. Runs of 64 points are one path a colour: thousands of elements would make a page slow, and one path a colour
    /// for all would lay the last colour over the others.
    mutating func dots(_ points: [(x: Double, y: Double, color: Palette)], radius: Double) {
        for start in stride(from: 0, to: points.count, by: 64) {
            var paths: [Palette: String] = [:]
            for point in points[start ..< min(start + 64, points.count)] {
                paths[point.color, default: ""] += "M\(number(point.x)) \(number(point.y))h0"
            }
            for color in Palette.allCases { if let path = paths[color] { self.path(path, color: color, width: 2 * radius) } }
        }
    }

    /// What the colours of ranks mean.
    mutating func rampLegend(x: Double, y: Double, low: String, high: String, missing: String, plain: String? = nil) {
        var x = x
        text(low, x: x, y: y + 10, size: 12, color: .muted)
        x += Labels.width(low) + 8
        for (index, color) in Palette.steps.enumerated() { rectangle(x: x + 18 * Double(index), y: y, width: 18, height: 12, color: color) }
        x += 18 * Double(Palette.steps.count) + 8
        text(high, x: x, y: y + 10, size: 12, color: .muted)
        x += Labels.width(high) + 20
        for (color, name) in [(Palette.absent, missing)] + (plain.map { [(.accent, $0)] } ?? []) {
            circle(x + 5, y + 6, radius: 4, color: color)
            text(name, x: x + 14, y: y + 10, size: 12, color: .muted)
            x += 14 + Labels.width(name) + 20
        }
    }
}

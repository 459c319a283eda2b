import Attribution
import Documents

/// Pictures of how the score goes with the values of one feature.
public enum EffectCharts {
    /// The feature's own axis: numbers, or names of levels side by side.
    public enum Axis: Sendable {
        case numeric
        case levels([String])
    }

    /// Accumulated local effects, and partial dependence with the same mean over the rows, both in units of the margin.
    /// - Parameter dependence: over the same values of the same feature.
    public static func effects(_ label: String, _ ale: AccumulatedLocalEffects, _ dependence: PartialDependence, axis: Axis, language t: Language) -> String {
        let points = ale.grid.points, places = Self.places(points, axis)
        let byPoint = Dictionary(uniqueKeysWithValues: zip(dependence.grid.points, dependence.margins))
        let partial = ale.centred(points.map { byPoint[$0] ?? 0 })
        var frame = frame(label, title: t("Effect of \(label)", "\(label) 的影响"),
                          description: t("Accumulated local effects and partial dependence of the margin at \(points.count) values.", "在 \(points.count) 个取值处的累积局部效应与部分依赖。"),
                          places: places, values: ale.effects + partial, axis: axis, yLabel: t("effect on the margin (log-odds)", "对得分的影响（对数几率）"))
        frame.svg.line(frame.x(frame.x.domain.lowerBound), frame.y(0), frame.x(frame.x.domain.upperBound), frame.y(0), color: .muted)
        let curve = zip(places, ale.effects).map { (x: frame.x($0), y: frame.y($1)) }, other = zip(places, partial).map { (x: frame.x($0), y: frame.y($1)) }
        if case .numeric = axis, curve.count > 1 {
            frame.svg.polyline(other, color: .negative, width: 1.5, dash: "5 3")
            frame.svg.polyline(curve, color: .accent)
        } else {
            for point in other { frame.svg.diamond(point.x, point.y, radius: 5, color: .negative) }
        }
        for (index, point) in curve.enumerated() { frame.svg.circle(point.x, point.y, radius: index == 0 || curve.count < 12 ? 3.5 : 2.2, color: .accent) }
        legend(&frame, [(.accent, false, t("accumulated local effect", "累积局部效应")), (.negative, true, t("partial dependence", "部分依赖"))])
        return frame.svg.markup
    }

    /// Partial dependence of the probability, and around the mean margin the middle four fifths of single rows' curves.
    public static func singleRows(_ label: String, _ view: PartialDependence, axis: Axis, language t: Language) -> String {
        let places = Self.places(view.grid.points, axis)
        var frame = frame(label, title: t("Partial dependence of \(label)", "\(label) 的部分依赖"),
                          description: t("Mean margin and the 10 %, 50 % and 90 % quantiles of single rows.", "平均得分以及各行的 10%、50%、90% 分位数。"),
                          places: places, values: view.margins + view.quantiles.flatMap { $0 }, axis: axis, yLabel: t("margin (log-odds)", "得分（对数几率）"))
        func curve(_ values: [Double]) -> [(x: Double, y: Double)] { zip(places, values).map { (x: frame.x($0), y: frame.y($1)) } }
        if let low = view.quantiles.first, let high = view.quantiles.last { frame.svg.area(curve(high) + curve(low).reversed(), color: .accent, opacity: 0.18) }
        frame.svg.polyline(curve(view.margins), color: .accent)
        return frame.svg.markup
    }

    /// Contribution against value, one point a row, coloured by the value of the feature of strongest interaction.
    /// - Parameters:
    ///   - values: NaN = missing: drawn in a strip of its own, left of the numbers.
    ///   - partner: its name and each row's rank among its values (nil = missing); nil if nothing interacts.
    public static func dependence(_ label: String, values: [Double], contributions: [Double], partner: (name: String, ranks: [Double?])?, axis: Axis, language t: Language) -> String {
        let present = values.indices.filter { values[$0].isFinite }, missing = values.indices.filter { !values[$0].isFinite }
        var low = present.map { values[$0] }.min() ?? 0, high = present.map { values[$0] }.max() ?? 1
        if case .levels(let names) = axis { (low, high) = (-0.5, Double(max(1, names.count)) - 0.5) }
        let room = high > low ? high - low : 1, strip = missing.isEmpty ? 0 : room * 0.12
        var frame = frame(label, title: t("\(label): contribution against value", "\(label)：贡献与取值"),
                          description: t("\(values.count) customers, \(missing.count) of them without a value.", "\(values.count) 位客户，其中 \(missing.count) 位缺失该值。"),
                          places: [low - strip, high], values: contributions, axis: axis, yLabel: t("contribution (log-odds)", "贡献（对数几率）"))
        frame.svg.line(frame.x(frame.x.domain.lowerBound), frame.y(0), frame.x(frame.x.domain.upperBound), frame.y(0), color: .muted)
        var points: [(x: Double, y: Double, color: Palette)] = []
        for row in values.indices {
            let isMissing = !values[row].isFinite
            var place = isMissing ? low - strip * 0.75 : values[row]
            // Spread over the width of a level, or of the strip, by a fixed rule so that points do not hide each other.
            let spread = (Double(row * 7919 % 997) / 997 - 0.5)
            if isMissing { place += spread * strip * 0.35 } else if case .levels = axis { place += spread * 0.6 }
            let color = partner.map { Palette.ramp($0.ranks[row]) } ?? .accent
            points.append((frame.x(place), frame.y(contributions[row]), color))
        }
        frame.svg.dots(points, radius: 1.8)
        if strip > 0 {
            frame.svg.line(frame.x(low - strip * 0.4), 14, frame.x(low - strip * 0.4), frame.y(frame.y.domain.lowerBound), color: .muted, dash: "2 3")
            frame.svg.text(t("missing", "缺失"), x: frame.x(low - strip * 0.75), y: 26, anchor: .middle, size: 11, color: .muted)
        }
        if let partner {
            frame.svg.text(partner.name, x: 62, y: frame.svg.height + 10, size: 12)
            frame.svg.rampLegend(x: 62, y: frame.svg.height + 18, low: t("low", "低"), high: t("high", "高"), missing: t("missing", "缺失"))
            frame.svg.grow(38)
        }
        return frame.svg.markup
    }

    private static func places(_ points: [Double], _ axis: Axis) -> [Double] {
        if case .levels = axis { return points.indices.map(Double.init) }
        return points
    }

    /// Level names under the field where the axis has them, else numbers.
    private static func frame(_ label: String, title: String, description: String, places: [Double], values: [Double], axis: Axis, yLabel: String) -> Frame {
        let low = values.min() ?? 0, high = values.max() ?? 1, space = max(high - low, 1e-6) * 0.08
        var x = (places.min() ?? 0) ... (places.max() ?? 1)
        if case .levels(let names) = axis { x = -0.5 ... max(0.5, Double(names.count) - 0.5) }
        var names: [String]?
        if case .levels(let levels) = axis { names = levels }
        return Frame(title: title, description: description, x: x, y: min(0, low) - space ... max(0, high) + space, xLabel: label, yLabel: yLabel, percent: false, levels: names)
    }

    private static func legend(_ frame: inout Frame, _ entries: [(color: Palette, dashed: Bool, name: String)]) {
        var x = 62.0
        let y = frame.svg.height + 8
        for entry in entries {
            frame.svg.line(x, y, x + 22, y, color: entry.color, width: 2, dash: entry.dashed ? "5 3" : nil)
            frame.svg.text(entry.name, x: x + 28, y: y + 4, size: 12, color: .muted)
            x += 28 + Labels.width(entry.name) + 20
        }
        frame.svg.grow(18)
    }
}

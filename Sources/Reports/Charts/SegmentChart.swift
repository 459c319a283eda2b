import Attribution
import Documents

/// What moves the score in each segment: a bar for each segment and feature, right where it raises, left where it lowers.
public enum SegmentChart {
    /// - Parameters:
    ///   - segments: names with their indices into `view`; features likewise.
    public static func bars(_ view: SegmentAttributions, segments: [(index: Int, name: String)], features: [(index: Int, label: String)], language t: Language) -> String {
        let names = segments.map { "\($0.name) (\(view.rows[$0.index]))" }
        let labelWidth = min(Labels.room(names), 190), row = 30.0, top = 50.0, width = 720.0
        let height = top + row * Double(segments.count) + 24
        var svg = SVG(width: width, height: height, title: t("What moves the score, by segment", "各细分人群的得分因素"),
                      description: t("Mean contribution of \(features.count) features in \(segments.count) segments.", "\(features.count) 个特征在 \(segments.count) 个人群中的平均贡献。"))
        let cell = (width - labelWidth - 20) / Double(max(1, features.count))
        let values = segments.flatMap { segment in features.map { abs(view.mean(segment: segment.index, feature: $0.index)) } }.filter(\.isFinite)
        let reach = max(values.max() ?? 1, 1e-12), scale = (cell / 2 - 24) / reach
        for (column, feature) in features.enumerated() {
            let middle = labelWidth + 16 + cell * (Double(column) + 0.5)
            for (index, line) in Labels.lines(feature.label, room: cell - 6).enumerated() { svg.text(line, x: middle, y: 18 + 15 * Double(index), anchor: .middle, size: 12) }
            svg.line(middle, top - 8, middle, height - 20, color: .rule)
            for (line, segment) in segments.enumerated() {
                let value = view.mean(segment: segment.index, feature: feature.index), y = top + row * Double(line)
                guard value.isFinite else { continue }
                let length = abs(value) * scale
                svg.rectangle(x: value >= 0 ? middle : middle - length, y: y + 3, width: length, height: row - 12, color: value >= 0 ? .positive : .negative, opacity: 0.85)
                let text = (value >= 0 ? "+" : "−") + NumberText.rounded(abs(value), significantDigits: 2)
                svg.text(text, x: value >= 0 ? middle + length + 2 : middle - length - 2, y: y + 16, anchor: value >= 0 ? .start : .end, size: 10, color: .muted)
            }
        }
        for (line, name) in names.enumerated() { svg.label(name, x: labelWidth + 4, y: top + row * Double(line) + 16, room: labelWidth) }
        svg.text(t("mean contribution (log-odds); customers in brackets", "平均贡献（对数几率）；括号内为客户数"), x: width / 2, y: height - 4, anchor: .middle, size: 12, color: .muted)
        return svg.markup
    }
}

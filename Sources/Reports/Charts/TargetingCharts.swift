/// Curves of what ranking and spending are worth.
enum TargetingCharts {
    typealias Point = (x: Double, y: Double)

    /// A curve with its band, and a straight line for a random order if there is one.
    static func curve(title: String, description: String, xLabel: String, yLabel: String, points: [Point], lower: [Double]? = nil, upper: [Double]? = nil,
                      line: (from: Point, to: Point)? = nil, marks: Bool = false) -> String {
        let values = points.map(\.y) + (lower ?? []) + (upper ?? []) + (line.map { [$0.from.y, $0.to.y] } ?? [0])
        let low = values.min() ?? 0, high = values.max() ?? 1, room = max(high - low, 1e-9) * 0.06
        let left = points.map(\.x).min() ?? 0, right = points.map(\.x).max() ?? 1
        var frame = Frame(title: title, description: description, width: 560, height: 360, x: left ... right, y: low - room ... high + room,
                          xLabel: xLabel, yLabel: yLabel, percent: false)
        if let lower, let upper {
            let top = zip(points, upper).map { (x: frame.x($0.x), y: frame.y($1)) }, bottom = zip(points, lower).map { (x: frame.x($0.x), y: frame.y($1)) }
            frame.svg.area(top + bottom.reversed(), color: .accent, opacity: 0.16)
        }
        if let line {
            frame.svg.line(frame.x(line.from.x), frame.y(line.from.y), frame.x(line.to.x), frame.y(line.to.y), color: .muted, dash: "4 4")
        } else if low < 0, high > 0 {
            frame.svg.line(frame.x(left), frame.y(0), frame.x(right), frame.y(0), color: .muted, dash: "4 4")
        }
        frame.svg.polyline(points.map { (x: frame.x($0.x), y: frame.y($0.y)) }, color: .accent)
        if marks { for point in points { frame.svg.circle(frame.x(point.x), frame.y(point.y), radius: 3, color: .accent) } }
        return frame.svg.markup
    }
}

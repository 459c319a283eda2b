/// The square plotting field that curves share: axes, grid, labels.
struct Frame {
    var svg: SVG
    let x: Scale
    let y: Scale

    init(title: String, description: String, width: Double = 460, height: Double = 360, x domainX: ClosedRange<Double>, y domainY: ClosedRange<Double>,
         xLabel: String, yLabel: String, percent: Bool, levels: [String]? = nil) {
        let left = 62.0, right = 26.0, top = 14.0
        // Names of levels lean where they would not fit side by side.
        let room = (width - left - right) / Double(max(1, levels?.count ?? 1))
        let leans = levels.map { names in names.contains { Labels.width($0) > room } } ?? false
        let bottom = leans ? 104.0 : 50.0
        svg = SVG(width: width, height: height, title: title, description: description)
        x = Scale(domainX, to: (left, width - right))
        y = Scale(domainY, to: (height - bottom, top))
        for (index, level) in (levels ?? []).enumerated() {
            let at = x(Double(index))
            svg.line(at, top, at, height - bottom, color: .rule)
            if leans {
                let line = Labels.lines(level, room: 110)[0]
                svg.leaningText(line == level ? line : line + "…", x: at + 4, y: height - bottom + 14, size: 11, color: .muted)
            } else {
                svg.text(level, x: at, y: height - bottom + 18, anchor: .middle, size: 12, color: .muted)
            }
        }
        for tick in levels == nil ? x.ticks() : [] {
            svg.line(x(tick), top, x(tick), height - bottom, color: .rule)
            svg.text(x.label(tick, percent: percent), x: x(tick), y: height - bottom + 18, anchor: .middle, size: 12, color: .muted)
        }
        for tick in y.ticks() {
            svg.line(left, y(tick), width - right, y(tick), color: .rule)
            svg.text(y.label(tick, percent: percent), x: left - 8, y: y(tick) + 4, anchor: .end, size: 12, color: .muted)
        }
        svg.text(xLabel, x: (left + width - right) / 2, y: height - 10, anchor: .middle)
        svg.text(yLabel, x: left, y: top - 2, anchor: .start, size: 12, color: .ink)
    }
}

/// The square plotting field that curves share: axes, grid, labels.
struct Frame {
    var svg: SVG
    let x: Scale
    let y: Scale

    init(title: String, description: String, width: Double = 460, height: Double = 360, x domainX: ClosedRange<Double>, y domainY: ClosedRange<Double>,
         xLabel: String, yLabel: String, percent: Bool) {
        let left = 62.0, right = 26.0, top = 14.0, bottom = 50.0
        svg = SVG(width: width, height: height, title: title, description: description)
        x = Scale(domainX, to: (left, width - right))
        y = Scale(domainY, to: (height - bottom, top))
        for tick in x.ticks() {
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

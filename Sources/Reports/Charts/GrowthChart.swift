import Documents
import Glibc

/// How a time grows with a size: both axes by powers of ten, so that growth by a power is a straight line of that slope.
public enum GrowthChart {
    public struct Series: Sendable {
        public let name: String
        /// Sizes and seconds, all above 0.
        public let points: [(size: Double, seconds: Double)]

        public init(name: String, points: [(size: Double, seconds: Double)]) {
            self.name = name
            self.points = points
        }

        /// The exponent b of the best fit seconds = a · size^b by least squares of the logarithms; nil for fewer than two sizes.
        public var exponent: Double? {
            let x = points.map { Glibc.log($0.size) }, y = points.map { Glibc.log($0.seconds) }
            let meanX = x.reduce(0, +) / Double(x.count), meanY = y.reduce(0, +) / Double(y.count)
            let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
            guard points.count > 1, spread > 0 else { return nil }
            return zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
        }
    }

    private static let colors: [Palette] = [.accent, .negative, .truth, .ramp2, .ramp0, .ramp4, .muted]

    /// - Parameter sizeLabel: what the horizontal axis counts.
    public static func svg(_ series: [Series], title: String, sizeLabel: String) -> String {
        let all = series.flatMap(\.points)
        let x = decades(all.map(\.size)), y = decades(all.map(\.seconds))
        var frame = Frame(title: title, description: "Seconds against \(sizeLabel), both axes by powers of ten.",
                          x: x, y: y, xLabel: "\(sizeLabel), powers of ten", yLabel: "seconds, powers of ten", percent: false)
        for (line, color) in zip(series, Self.repeated(series.count)) {
            let points = line.points.map { (x: frame.x(Glibc.log10($0.size)), y: frame.y(Glibc.log10($0.seconds))) }
            frame.svg.polyline(points, color: color)
            for point in points { frame.svg.circle(point.x, point.y, radius: 3, color: color) }
        }
        // The legend stands below: lines of growth lie too close for labels at their ends.
        let top = frame.svg.height
        frame.svg.grow(Double(series.count) * 18 + 6)
        for (index, (line, color)) in zip(series, Self.repeated(series.count)).enumerated() {
            let at = top + Double(index) * 18 + 10
            frame.svg.line(62, at - 4, 84, at - 4, color: color, width: 3)
            let exponent = line.exponent.map { ", exponent \(NumberText.fixed($0, decimals: 2))" } ?? ""
            frame.svg.text(line.name + exponent, x: 92, y: at, size: 12)
        }
        return frame.svg.markup
    }

    private static func repeated(_ count: Int) -> [Palette] { (0 ..< count).map { colors[$0 % colors.count] } }

    /// Exponents of ten around the values.
    private static func decades(_ values: [Double]) -> ClosedRange<Double> {
        let exponents = values.map { Glibc.log10($0) }
        return (exponents.min() ?? 0).rounded(.down) ... (exponents.max() ?? 1).rounded(.up)
    }
}

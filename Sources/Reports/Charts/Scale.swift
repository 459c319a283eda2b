import Documents
import Glibc

/// A linear map from data to drawing units, with round ticks.
struct Scale {
    let domain: ClosedRange<Double>
    let range: (from: Double, to: Double)

    /// - Parameter nice: widen the domain to the next ticks.
    init(_ domain: ClosedRange<Double>, to range: (Double, Double), nice: Bool = false, ticks count: Int = 5) {
        var domain = domain
        if domain.upperBound - domain.lowerBound <= 0 || !(domain.upperBound - domain.lowerBound).isFinite {
            let center = domain.lowerBound.isFinite ? domain.lowerBound : 0
            domain = center - 0.5 ... center + 0.5
        }
        if nice {
            let step = Self.step(domain, count)
            domain = (domain.lowerBound / step).rounded(.down) * step ... (domain.upperBound / step).rounded(.up) * step
        }
        self.domain = domain
        self.range = (range.0, range.1)
    }

    func callAsFunction(_ value: Double) -> Double {
        range.from + (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (range.to - range.from)
    }

    /// Multiples of 1, 2 or 5 times a power of ten inside the domain.
    func ticks(_ count: Int = 5) -> [Double] {
        let step = Self.step(domain, count)
        let first = (domain.lowerBound / step - 1e-9).rounded(.up)
        let last = (domain.upperBound / step + 1e-9).rounded(.down)
        return (0 ... max(0, Int(last - first))).map { (first + Double($0)) * step }
    }

    /// As many decimals as the step between ticks needs.
    func label(_ value: Double, _ count: Int = 5, percent: Bool = false) -> String {
        let step = Self.step(domain, count) * (percent ? 100 : 1)
        let decimals = max(0, Int((-Glibc.log10(step)).rounded(.up)))
        return NumberText.fixed(value * (percent ? 100 : 1), decimals: decimals) + (percent ? " %" : "")
    }

    private static func step(_ domain: ClosedRange<Double>, _ count: Int) -> Double {
        let raw = (domain.upperBound - domain.lowerBound) / Double(max(1, count))
        let magnitude = Glibc.pow(10, Glibc.log10(raw).rounded(.down))
        let mantissa = raw / magnitude
        return magnitude * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10)
    }
}

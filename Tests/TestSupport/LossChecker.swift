import LinearAlgebra
import Training

/// The laws that every loss keeps.
public enum LossChecker {
    /// Returns what is broken, empty if nothing is:
    /// - the gradient is the derivative of the value, and the hessian of the gradient (central differences);
    /// - hessians are not negative; everything is finite;
    /// - rows do not see each other: a block gives what its rows give alone;
    /// - no constant has less total loss than the base margin, with and without weights; weights count rows.
    public static func check(_ loss: any Loss, targets: [Double], margins: [Double]) throws -> [String] {
        var broken: [String] = []
        for y in targets {
            for m in margins {
                let step = 1e-5
                let (g, h) = derivatives(loss, [y], [m])
                let slope = (value(loss, y, m + step) - value(loss, y, m - step)) / (2 * step)
                let bend = (derivatives(loss, [y], [m + step]).0[0] - derivatives(loss, [y], [m - step]).0[0]) / (2 * step)
                let size = max(1, abs(g[0]), abs(h[0]))
                if !(abs(g[0] - slope) < 1e-6 * size) { broken.append("y \(y), m \(m): gradient \(g[0]), the value's slope is \(slope)") }
                if !(abs(h[0] - bend) < 1e-6 * size) { broken.append("y \(y), m \(m): hessian \(h[0]), the gradient's slope is \(bend)") }
                if !(h[0] >= 0 && h[0].isFinite && g[0].isFinite && value(loss, y, m).isFinite) { broken.append("y \(y), m \(m): \(g[0]), \(h[0])") }
            }
        }
        let pairs = targets.flatMap { y in margins.map { (y, $0) } }
        let block = derivatives(loss, pairs.map(\.0), pairs.map(\.1))
        for (i, (y, m)) in pairs.enumerated() {
            let one = derivatives(loss, [y], [m])
            if block.0[i] != one.0[0] || block.1[i] != one.1[0] { broken.append("y \(y), m \(m): differs in a block") }
        }
        let weights = targets.indices.map { Double($0 % 3 + 1) }
        let repeated = targets.indices.flatMap { Array(repeating: targets[$0], count: Int(weights[$0])) }
        for (ys, ws) in [(targets, [Double]?.none), (targets, weights)] {
            let base = try loss.baseMargin(targets: ys, weights: ws)
            let total = { (m: Double) in ys.indices.reduce(0.0) { $0 + (ws?[$1] ?? 1) * value(loss, ys[$1], m) } }
            for step in [-0.5, -0.01, 0.01, 0.5] where total(base + step) < total(base) { broken.append("base margin \(base): \(base + step) is better") }
        }
        let weighted = try loss.baseMargin(targets: targets, weights: weights)
        let counted = try loss.baseMargin(targets: repeated, weights: nil)
        if !(abs(weighted - counted) <= 1e-12 * max(1, abs(counted))) { broken.append("weights give base \(weighted), repeated rows \(counted)") }
        return broken
    }

    private static func derivatives(_ loss: any Loss, _ targets: [Double], _ margins: [Double]) -> ([Double], [Double]) {
        var g = [Double](repeating: .nan, count: targets.count)
        var h = g
        var gradients = g.mutableSpan
        var hessians = h.mutableSpan
        loss.derivatives(targets: targets.span, margins: margins.span, gradients: &gradients, hessians: &hessians)
        return (g, h)
    }

    private static func value(_ loss: any Loss, _ target: Double, _ margin: Double) -> Double {
        let targets = [target]
        let margins = [margin]
        var values = [Double.nan]
        var span = values.mutableSpan
        loss.values(targets: targets.span, margins: margins.span, into: &span)
        return values[0]
    }
}

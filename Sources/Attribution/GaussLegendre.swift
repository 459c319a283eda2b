/// Gauss-Legendre quadrature on [0, 1]: `count` nodes integrate every polynomial of degree 2 · count - 1 exactly.
///
/// The roots of the Legendre polynomial come from Newton's method on its three-term recurrence, started at Tricomi's
/// approximation (Press et al., Numerical Recipes, 4.6; Abramowitz and Stegun 25.4.30, 22.16.6). Only IEEE basic
/// operations are used, in a fixed order, so nodes and weights are the same bits on every machine. O(count²).
package struct GaussLegendre: Sendable {
    /// Ascending, strictly inside (0, 1).
    package let nodes: [Double]
    /// Positive, sum 1.
    package let weights: [Double]

    package init(count: Int) {
        precondition(count > 0, "a quadrature rule has at least one node")
        var nodes = Array(repeating: 0.5, count: count)
        var weights = Array(repeating: 0.0, count: count)
        for i in 0 ..< (count + 1) / 2 {
            let root = Self.root(i, of: count)
            let slope = Self.legendre(count, at: root).slope
            nodes[i] = 0.5 * (1 - root)
            nodes[count - 1 - i] = 0.5 * (1 + root)
            weights[i] = 1 / ((1 - root) * (1 + root) * slope * slope)
            weights[count - 1 - i] = weights[i]
        }
        self.nodes = nodes
        self.weights = weights
    }

    /// The i-th largest root of the Legendre polynomial of degree n.
    private static func root(_ i: Int, of n: Int) -> Double {
        guard 2 * i + 1 < n else { return 0 }
        var x = cosine(Double.pi * (Double(i) + 0.75) / (Double(n) + 0.5))
        var lastStep = Double.infinity
        while true {
            let (value, slope) = legendre(n, at: x)
            let step = value / slope
            // Newton converges quadratically until rounding alone is left; then a step is no smaller than the one before.
            guard abs(step) < lastStep else { return x }
            x -= step
            lastStep = abs(step)
        }
    }

    /// Value and first derivative of the Legendre polynomial of degree n >= 1, |x| < 1.
    private static func legendre(_ n: Int, at x: Double) -> (value: Double, slope: Double) {
        var previous = 1.0
        var value = x
        for j in 1 ..< max(n, 1) {
            let next = (Double(2 * j + 1) * x * value - Double(j) * previous) / Double(j + 1)
            previous = value
            value = next
        }
        return (value, Double(n) * (previous - x * value) / ((1 - x) * (1 + x)))
    }

    /// cos on [0, π/2] by its Taylor series: a starting value that does not depend on the machine's libm.
    private static func cosine(_ angle: Double) -> Double {
        let square = angle * angle
        var sum = 1.0
        for k in stride(from: 11, through: 1, by: -1) {
            sum = 1 - square * sum / Double((2 * k - 1) * 2 * k)
        }
        return sum
    }
}

import Attribution
import Testing

@Suite struct GaussLegendreTests {
    /// ∫₀¹ tᵃ (1 - t)ᵇ dt = a! b! / (a + b + 1)!: every such polynomial of degree 2 n - 1, whose terms do not cancel.
    @Test(arguments: [1, 2, 3, 4, 5, 8, 13, 16, 32, 33, 64, 200]) func `n nodes integrate degree 2n - 1 exactly`(count: Int) {
        let rule = GaussLegendre(count: count)
        let degree = 2 * count - 1
        var exact = 1 / Double(degree + 1)
        for a in 0 ... degree {
            let b = degree - a
            if a > 0 { exact *= Double(a) / Double(b + 1) }
            let sum = zip(rule.nodes, rule.weights).reduce(0) { $0 + $1.1 * power($1.0, a) * power(1 - $1.0, b) }
            #expect(abs(sum - exact) <= 1e-12 * exact, "a = \(a), b = \(b)")
        }
    }

    @Test(arguments: [1, 2, 7, 8, 40, 101]) func `nodes ascend inside the interval and mirror each other`(count: Int) {
        let rule = GaussLegendre(count: count)
        #expect(rule.nodes.count == count && rule.weights.count == count)
        #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
        #expect(rule.nodes.allSatisfy { $0 > 0 && $0 < 1 } && rule.weights.allSatisfy { $0 > 0 })
        #expect(abs(rule.weights.reduce(0, +) - 1) <= 1e-15 * Double(4 + count))
        for i in 0 ..< count {
            #expect(abs(rule.nodes[i] + rule.nodes[count - 1 - i] - 1) <= 1e-16)
            #expect(rule.weights[i] == rule.weights[count - 1 - i])
        }
    }

    /// Abramowitz and Stegun, table 25.4, for n = 5 on [-1, 1].
    @Test func `five nodes agree with the published table`() {
        let rule = GaussLegendre(count: 5)
        let nodes = [-0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664]
        let weights = [0.236926885056189, 0.478628670499366, 0.568888888888889, 0.478628670499366, 0.236926885056189]
        for i in 0 ..< 5 {
            #expect(abs(2 * rule.nodes[i] - 1 - nodes[i]) <= 1e-15)
            #expect(abs(2 * rule.weights[i] - weights[i]) <= 1e-15)
        }
    }

    private func power(_ x: Double, _ n: Int) -> Double { (0 ..< n).reduce(1.0) { product, _ in product * x } }
}

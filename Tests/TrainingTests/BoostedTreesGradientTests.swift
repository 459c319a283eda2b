import LinearAlgebra
import Testing
import Training

@Suite("Boosted trees: gradients against their definition")
struct BoostedTreesGradientTests {
    /// Three trees' steps, each from what the last one left; the leaves' sums from terms that were kept and from derivatives computed again.
    @Test(arguments: [1, 5], [false, true])
    func entriesAndLeafSums(threads: Int, isBagged: Bool) throws {
        let (count, leaves) = (40_003, 7)
        let random = CounterRandom(seed: 4, stream: isBagged ? 1 : 0)
        let targets = (0 ..< count).map { Double(random.bits(at: UInt64($0)) % 2) }
        let weights = isBagged ? (0 ..< count).map { Double(random.bits(at: UInt64($0) | 1 << 40) % 8) } : nil
        let loss = BinaryLogLoss(positiveWeight: 2.5)
        let rows = isBagged ? (0 ..< UInt32(count)).filter { random.bits(at: UInt64($0) | 1 << 41) % 3 > 0 } : nil
        let members = rows ?? Array(0 ..< UInt32(count))
        let leafOf = SharedStorage<UInt32>(count: count, repeating: .max)
        for row in members { leafOf.all[Int(row)] = UInt32(random.bits(at: UInt64(row) | 1 << 42) % UInt64(leaves)) }
        let step = Gradients.Step(leafOf: leafOf.all, values: (0 ..< leaves).map { Double($0) / 4 - 1 }) { Double($0 % 5) / 8 }

        let plain = Gradients(targets: targets, weights: weights, loss: loss, baseMargin: 0.25, threads: threads)
        let keeping = Gradients(targets: targets, weights: weights, loss: loss, baseMargin: 0.25, threads: threads)
        let (entries, keptEntries) = (SharedStorage<RowEntry>(uninitializedCount: members.count), SharedStorage<RowEntry>(uninitializedCount: members.count))
        let terms = SharedStorage<Int64>(uninitializedCount: count)
        var margins = [Double](repeating: 0.25, count: count)
        var guess: FixedPoint?
        for tree in 0 ..< 3 {
            let step = tree == 0 ? nil : step
            if let step { for i in 0 ..< count { margins[i] += leafOf.all[i] == .max ? step.other(i) : step.values[Int(leafOf.all[i])] } }
            let packed = try plain.pack(after: step, guess: nil, rows: rows, into: entries.all, terms: nil)
            let kept = try keeping.pack(after: step, guess: guess, rows: rows, into: keptEntries.all, terms: terms.all)
            #expect(packed.point == kept.point && packed.sums == kept.sums && packed.isCoarse == kept.isCoarse)
            // Right the second time, if margins hardly moved, and wrong the third.
            guess = tree == 0 ? kept.point : FixedPoint(largestGradient: 100, largestHessian: 0.01)

            let (g, h) = derivatives(loss, targets, margins, weights)
            var sums = [Sums](repeating: .zero, count: leaves)
            for (place, row) in members.enumerated() {
                let i = Int(row)
                let narrow = RowEntry(row: i, gradient: FixedPoint.nearest(g[i] / kept.point.gradientUnit), hessian: FixedPoint.nearest(h[i] / kept.point.hessianUnit))
                if entries.all[place] != narrow || keptEntries.all[place] != narrow { Issue.record("row \(i) differs") }
                let wide = (Int(FixedPoint.nearest(g[i] / kept.point.leafGradientUnit)), Int(FixedPoint.nearest(h[i] / kept.point.leafHessianUnit)))
                let leaf = Int(leafOf.all[i])
                sums[leaf] = sums[leaf] + Sums(gradient: wide.0, hessian: wide.1, rows: 0)
            }
            #expect(plain.leafSums(leafOf.all, leaves: leaves, packed.point, terms: nil) == sums)
            #expect(keeping.leafSums(leafOf.all, leaves: leaves, kept.point, terms: terms.all) == sums)
        }
    }

    private func derivatives(_ loss: BinaryLogLoss, _ targets: [Double], _ margins: [Double], _ weights: [Double]?) -> (g: [Double], h: [Double]) {
        let pairs = targets.indices.map { i -> (Double, Double) in
            let p = Portable.sigmoid(margins[i])
            let (w, weight) = (targets[i] == 1 ? loss.positiveWeight : 1, weights?[i] ?? 1)
            return (w * (p - targets[i]) * weight, w * (p * (1 - p)) * weight)
        }
        return (pairs.map(\.0), pairs.map(\.1))
    }
}

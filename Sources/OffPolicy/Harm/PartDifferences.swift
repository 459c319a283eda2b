import LinearAlgebra

/// Two strategies on the same deals, for one outcome or for the objective. One value a deal in each.
package struct PairedTerms: Sendable {
    /// The doubly robust term of the variant less the champion's; NaN where the deals say nothing of one of them.
    package let difference: [Double]
    /// The variant's weight of the action taken less the champion's: where it is 0, the deal tells nothing of the difference.
    package let weightChange: [Double]

    /// - Precondition: one length.
    package init(difference: [Double], weightChange: [Double]) {
        precondition(difference.count == weightChange.count)
        self.difference = difference
        self.weightChange = weightChange
    }
}

/// The mean of some deals' differences: d_S = mean over S of (t_i − t'_i), its influence (n / n_S) · 1[i ∈ S] · (t_i − t'_i − d_S).
///
/// Standard errors sum influences by cluster, with the clusters that S has: √(G/(G−1) · Σ_g (Σ_{i∈g} (δ_i − d_S))²) / n_S. Where
/// propensities are shares of the same deals they count as known here, which makes an interval somewhat too wide, never too narrow.
package struct PartDifference: Sendable {
    /// What a part must have before an interval is drawn: deals that tell of the difference, as effective number of their changes
    /// of weight, and clusters.
    package static let fewestTelling = 30.0
    /// A mean of terms with skewness G is nearly normal from 25 G² independent terms on (Cochran, Sampling Techniques, 3rd edition,
    /// 1977, section 2.15; intervals at 95 %).
    static let cochran = 25.0

    package let value: Double
    package let error: Double
    package let deals: Int
    /// Whether both strategies do the same in every deal.
    package let isUnchanged: Bool
    /// Enough telling deals and clusters, and at least 25 · skewness² of them (Cochran's rule).
    package let isSupported: Bool

    /// - Parameters:
    ///   - rows: the deals, ascending.
    ///   - scratch: by cluster, zeros; left as they were.
    /// O(rows).
    package init(_ terms: PairedTerms, rows: [Int32], clusters: Clusters?, scratch: inout [Double]) {
        deals = rows.count
        var sum = 0.0, changes = 0.0, squaredChanges = 0.0
        var isUnchanged = true
        for row in rows {
            let difference = terms.difference[Int(row)], change = terms.weightChange[Int(row)].magnitude
            sum += difference
            changes += change
            squaredChanges += change * change
            if difference != 0 || change != 0 { isUnchanged = false }
        }
        self.isUnchanged = isUnchanged
        let mean = isUnchanged ? 0 : sum / Double(rows.count)
        value = mean
        var moments = Moments()
        if let clusters {
            var touched: [Int32] = []
            for row in rows {
                let cluster = clusters.codes[Int(row)]
                if scratch[Int(cluster)] == 0 { touched.append(cluster) }
                scratch[Int(cluster)] += terms.difference[Int(row)] - mean
            }
            // A cluster whose sum came back to 0 on the way may stand here twice, and counts once.
            touched.sort()
            var last = Int32(-1)
            for cluster in touched where cluster != last {
                moments.add(scratch[Int(cluster)])
                scratch[Int(cluster)] = 0
                last = cluster
            }
        } else {
            for row in rows { moments.add(terms.difference[Int(row)] - mean) }
        }
        error = isUnchanged ? 0 : moments.error / Double(rows.count)
        let telling = squaredChanges > 0 ? changes * changes / squaredChanges : 0
        let skewness = moments.skewness
        isSupported = value.isFinite && error.isFinite
            && (isUnchanged || (telling >= Self.fewestTelling && moments.count >= Double(Reason.enoughClusters)
                && moments.count >= Self.cochran * skewness * skewness))
    }

    /// Of every part, every variant's. O(Σ rows · variants).
    static func all(_ variants: [PairedTerms], parts: [[Int32]], clusters: Clusters?, threads: Int) -> [[PartDifference]] {
        // A few parts share the room for their clusters.
        let together = 4
        return Parallel.map((parts.count + together - 1) / together, threads: threads) { block in
            var scratch = Array(repeating: 0.0, count: clusters?.count ?? 0)
            return parts[block * together ..< min(parts.count, (block + 1) * together)].map { rows in
                variants.map { PartDifference($0, rows: rows, clusters: clusters, scratch: &scratch) }
            }
        }.flatMap { $0 }
    }

    /// Of independent terms of mean 0.
    private struct Moments {
        var count = 0.0
        var squares = 0.0
        var cubes = 0.0

        mutating func add(_ term: Double) {
            count += 1
            squares += term * term
            cubes += term * term * term
        }

        /// Of the terms' sum; NaN of fewer than two.
        var error: Double { count > 1 ? (squares * count / (count - 1)).squareRoot() : .nan }

        var skewness: Double {
            guard squares > 0 else { return 0 }
            let deviation = (squares / count).squareRoot()
            return cubes / count / (deviation * deviation * deviation)
        }
    }
}

extension SimultaneousTests {
    /// Columns of one product: 256 columns of 20,000 units are 40 MB.
    private static let columnBlock = 256

    /// Tests of differences over parts of the deals.
    /// - Parameters:
    ///   - statistics: as above.
    ///   - parts: those of the statistics, with the rows that each is over.
    /// O(Σ rows + draws · units · parts).
    init(statistics: [Double], parts: [(difference: PartDifference, terms: PairedTerms, rows: [Int32])], level: Double,
         single: (quantile: Double, pValue: (Double) -> Double), bootstrap: MultiplierBootstrap, threads: Int) {
        let errors = parts.map(\.difference.error)
        let taking = statistics.indices.filter { errors[$0] > 0 && statistics[$0].isFinite }
        guard taking.count > 1 else {
            self.init(alone: statistics, errors: errors, single: single)
            return
        }
        var maxima = Array(repeating: 0.0, count: bootstrap.draws)
        for start in stride(from: 0, to: taking.count, by: Self.columnBlock) {
            let block = taking[start ..< min(start + Self.columnBlock, taking.count)]
            let columns = Parallel.map(block.count, threads: threads) { index in
                let (difference, terms, rows) = parts[block[start + index]]
                let scale = 1 / (Double(rows.count) * difference.error)
                var column = Array(repeating: 0.0, count: bootstrap.units)
                for row in rows { column[bootstrap.unit(of: Int(row))] += (terms.difference[Int(row)] - difference.value) * scale }
                return column
            }
            let sums = bootstrap.sums(ofUnits: columns, threads: threads)
            for column in columns.indices {
                for draw in maxima.indices { maxima[draw] = max(maxima[draw], sums.storage[column * bootstrap.draws + draw].magnitude) }
            }
        }
        self.init(maxima: maxima, statistics: statistics, errors: errors, level: level, single: single)
    }
}

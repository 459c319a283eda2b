import LinearAlgebra

/// Bootstrap draws of means, all at once: every draw gives each unit a random weight 1 + m, m of mean 0, variance 1 and third
/// moment 1, and the sums over units of many columns are one matrix product.
///
/// Units are clusters, or single deals. Where there are more than `mostUnits` of them they are put together at random, by a
/// hash of their number: sums of independent units are independent units, the variance of a mean is estimated without bias
/// from any number of them, and with 20,000 the error of the estimated standard error is 0.5 %, below that of 1,000 draws.
///
/// The multiplier is Mammen's two-point distribution (Annals of Statistics 21(1), 1993), with its probability rounded to
/// 1 / 65,536 and the points set so that mean and variance are exact: 16 random bits make one. Draw b takes its bits from stream b.
package struct MultiplierBootstrap: Sendable {
    package static let mostUnits = 20_000
    /// Of 65,536: the lower point's probability, (√5 + 1) / (2√5).
    private static let lowerCount: UInt64 = 47_424
    private static let lower = 1 - ((65_536 - Double(lowerCount)) / Double(lowerCount)).squareRoot()
    private static let upper = 1 + (Double(lowerCount) / (65_536 - Double(lowerCount))).squareRoot()
    /// Draws and units that share one product: the multipliers, and the units' rows of some ninety columns, stay in the
    /// second-level cache. Fixed, so that results do not depend on threads.
    private static let drawBlock = 64
    private static let unitBlock = 1024
    private static let groupingStream: UInt64 = 0x6772_6F75_7073

    package let draws: Int
    package let units: Int
    private let seed: UInt64
    /// The unit of each deal; nil where every deal is one.
    private let unitOf: [Int32]?
    private let deals: Int

    /// - Parameter draws: at least 1.
    package init(deals: Int, clusters: Clusters?, draws: Int, seed: UInt64) {
        precondition(draws >= 1 && deals >= 1)
        self.draws = draws
        self.seed = seed
        self.deals = deals
        let own = clusters?.count ?? deals
        units = min(own, Self.mostUnits)
        guard own > Self.mostUnits else {
            unitOf = clusters?.codes
            return
        }
        let groups = CounterRandom(seed: seed, stream: Self.groupingStream).below(Self.mostUnits, count: own).map { Int32($0) }
        unitOf = clusters.map { clusters in clusters.codes.map { groups[Int($0)] } } ?? groups
    }

    /// One value a deal, added up by unit. O(deals).
    package func byUnit(_ column: [Double]) -> [Double] {
        precondition(column.count == deals, "one value a deal")
        guard let unitOf else { return column }
        var totals = Array(repeating: 0.0, count: units)
        for deal in column.indices { totals[Int(unitOf[deal])] += column[deal] }
        return totals
    }

    /// Σ over units of (1 + m) · value for every draw and column; of columns that sum to 0, Σ m · value.
    /// - Parameter columns: one value a unit in each.
    /// - Returns: draws x columns, column order; the same bits for any number of threads.
    /// O(draws · units · columns).
    package func sums(ofUnits columns: [[Double]], threads: Int) -> Matrix {
        let parts = unitParts(columns)
        let starts = Array(stride(from: 0, to: draws, by: Self.drawBlock))
        let blocks = BLASRuntime.singleThreaded {
            Parallel.map(starts.count, threads: threads) { index in
                let rows = starts[index] ..< min(starts[index] + Self.drawBlock, draws)
                var sums = Matrix(rows: rows.count, columns: columns.count, order: .row)
                for (part, totals) in parts.enumerated() {
                    let first = part * Self.unitBlock
                    let multipliers = multipliers(rows, units: first ..< first + totals.rows)
                    BLAS.gemm(.none, .none, multipliers, totals, beta: 1, into: &sums)
                }
                return sums
            }
        }
        var result = Matrix(rows: draws, columns: columns.count)
        for (start, block) in zip(starts, blocks) {
            for row in 0 ..< block.rows {
                for column in 0 ..< columns.count { result.storage[column * draws + start + row] = block.storage[row * columns.count + column] }
            }
        }
        return result
    }

    /// Units x columns in blocks of units, row order.
    private func unitParts(_ columns: [[Double]]) -> [Matrix] {
        stride(from: 0, to: units, by: Self.unitBlock).map { first in
            let rows = min(Self.unitBlock, units - first)
            var part = Matrix(rows: rows, columns: columns.count, order: .row)
            for (index, column) in columns.enumerated() {
                for row in 0 ..< rows { part.storage[row * columns.count + index] = column[first + row] }
            }
            return part
        }
    }

    /// 1 + m for some draws and units: draws x units, row order. - Precondition: units begin at a multiple of 32.
    private func multipliers(_ rows: Range<Int>, units: Range<Int>) -> Matrix {
        let count = units.count
        let whole = count / 32 * 32
        let lower = SIMD8(repeating: Self.lower), upper = SIMD8(repeating: Self.upper), limit = SIMD8(repeating: Self.lowerCount)
        var storage = Array(repeating: 0.0, count: rows.count * count)
        var span = storage.mutableSpan
        var bytes = span.mutableBytes
        for (index, draw) in rows.enumerated() {
            let words = CounterRandom(seed: seed, stream: UInt64(draw)).bits(whole / 4, from: UInt64(units.lowerBound / 4))
            for first in stride(from: 0, to: whole, by: 32) {
                let word = first / 4
                var bits = SIMD8<UInt64>(words[word], words[word + 1], words[word + 2], words[word + 3],
                                         words[word + 4], words[word + 5], words[word + 6], words[word + 7])
                for quarter in 0 ..< 4 {
                    let own = upper.replacing(with: lower, where: (bits & 0xFFFF) .< limit)
                    bytes.storeBytes(of: own, toByteOffset: (index * count + first + 8 * quarter) * 8, as: SIMD8<Double>.self)
                    bits &>>= SIMD8(repeating: 16)
                }
            }
            for unit in whole ..< count {
                bytes.storeBytes(of: multiplier(draw: draw, unit: units.lowerBound + unit), toByteOffset: (index * count + unit) * 8, as: Double.self)
            }
        }
        return Matrix(rows: rows.count, columns: count, order: .row, storage: storage)
    }

    /// 1 + m of one unit in one draw. Eight words of the draw's stream serve 32 units: their lowest 16 bits the first eight, and so on.
    package func multiplier(draw: Int, unit: Int) -> Double {
        let word = unit / 32 * 8 + unit % 8
        let bits = CounterRandom(seed: seed, stream: UInt64(draw)).bits(at: UInt64(word)) >> UInt64(unit % 32 / 8 * 16) & 0xFFFF
        return bits < Self.lowerCount ? Self.lower : Self.upper
    }

    /// The unit of a deal.
    package func unit(of deal: Int) -> Int { unitOf.map { Int($0[deal]) } ?? deal }
}

extension MultiplierBootstrap {
    /// An estimate's sums by unit. O(deals).
    package func byUnit(_ form: ResamplingForm) -> ResamplingForm {
        ResamplingForm(plain: form.plain.isEmpty ? [] : byUnit(form.plain),
                       ratio: form.ratio.map { .init(numerator: byUnit($0.numerator), denominator: byUnit($0.denominator)) })
    }

    /// The values of estimates in every draw, normalisers made anew each time: one product for all of them.
    /// - Parameter estimates: by unit.
    /// - Returns: by estimate, one value a draw.
    package func values(ofUnits estimates: [ResamplingForm], threads: Int) -> [[Double]] {
        guard !estimates.isEmpty else { return [] }
        // Column 0 counts the deals of a draw.
        var columns = [byUnit(Array(repeating: 1.0, count: deals))]
        for form in estimates {
            if !form.plain.isEmpty { columns.append(form.plain) }
            if let ratio = form.ratio { columns += [ratio.numerator, ratio.denominator] }
        }
        let sums = sums(ofUnits: columns, threads: threads)
        var next = 1
        return estimates.map { form in
            var values = Array(repeating: 0.0, count: draws)
            if !form.plain.isEmpty {
                for draw in 0 ..< draws { values[draw] = sums.storage[next * draws + draw] / sums.storage[draw] }
                next += 1
            }
            if form.ratio != nil {
                for draw in 0 ..< draws { values[draw] += sums.storage[next * draws + draw] / sums.storage[(next + 1) * draws + draw] }
                next += 2
            }
            return values
        }
    }
}

/// What a bootstrap must resample of an estimate: V̂ = mean of `plain` + Σ numerator / Σ denominator. One value a deal, or the sums
/// of a unit's deals.
public struct ResamplingForm: Sendable {
    public struct Ratio: Sendable {
        public var numerator: [Double]
        public var denominator: [Double]
    }

    /// Empty where the ratio is all.
    public var plain: [Double]
    public var ratio: Ratio?

    public init(plain: [Double], ratio: Ratio? = nil) {
        self.plain = plain
        self.ratio = ratio
    }
}

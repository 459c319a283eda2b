import LinearAlgebra
import Testing
import Training

@Suite("Boosted trees: bins of numbers")
struct BoostedTreesBinningTests {
    /// Columns of many shapes, NaN among them: the thresholds are those of the definition, which sorts all numbers.
    @Test(arguments: Column.allCases)
    func binsAreThoseOfSortedNumbers(_ column: Column) {
        var numbers = BucketedNumbers(capacity: 40_000)
        for rows in [0, 1, 2, 30, 700, 9_000, 40_000] {
            let random = CounterRandom(seed: UInt64(rows), stream: 7)
            let values = (0 ..< rows).map { column.value($0, random) }
            #expect(numbers.take(rows) { values[$0] } == values.contains { $0.isNaN })
            let sorted = values.filter { !$0.isNaN }.sorted()
            for (maxBins, least) in [(255, 3), (254, 1), (16, 3), (2, 1), (1, 3), (255, 200)] {
                let mapper = BinMapper.numeric(&numbers, maxBins: maxBins, minDataInBin: least, hasMissing: false)
                #expect(mapper.kind == .numeric(thresholds: Self.thresholds(sorted, maxBins, least)), "\(rows) rows, \(maxBins) bins of \(least)")
            }
        }
    }

    enum Column: CaseIterable {
        case normal, float, thousandths, whole, skewed, half, flag, constant, instants, zeroOrInstant, everySize, infinite, missing, twoHeaps, signedZero

        func value(_ i: Int, _ random: CounterRandom) -> Double {
            let (normal, uniform, bits) = (random.normal(at: UInt64(i)), random.uniform(at: UInt64(i)), random.bits(at: UInt64(i) | 1 << 40))
            return switch self {
            case .normal: normal
            case .float: Double(Float(normal))
            case .thousandths: (uniform * 10_000).rounded(.down) / 1_000 - 5
            case .whole: (uniform * 300).rounded(.down)
            case .skewed: (Portable.exp(normal) * 40).rounded()
            case .half: bits % 2 == 0 ? 0.25 : normal
            case .flag: bits % 2 == 0 ? 0 : 1
            case .constant: 7
            case .instants: 1.7e18 + (uniform * 8e13).rounded()
            case .zeroOrInstant: bits % 2 == 0 ? 0 : 1.7e18 + (uniform * 8e13).rounded()
            case .everySize: normal * Double(sign: .plus, exponent: Int(bits % 600) - 300, significand: 1)
            case .infinite: bits % 50 == 0 ? .infinity : bits % 50 == 1 ? -.infinity : normal
            case .missing: bits % 3 == 0 ? .nan : normal
            case .twoHeaps: bits % 5 == 0 ? 1 : bits % 5 == 1 ? 1 + Double.ulpOfOne : bits % 5 == 2 ? 1 - Double.ulpOfOne : uniform
            case .signedZero: bits % 3 == 0 ? 0 : bits % 3 == 1 ? -0.0 : normal
            }
        }
    }

    /// The definition: all distinct values, ascending, and a cut after those where the greedy rule or `least` rows ask for one.
    private static func thresholds(_ sorted: [Double], _ maxBins: Int, _ least: Int) -> [Double] {
        var runs: [(value: Double, count: Int)] = []
        for x in sorted {
            if x == runs.last?.value { runs[runs.count - 1].count += 1 } else { runs.append((x, 1)) }
        }
        let isGreedy = runs.count > maxBins
        let bins = max(1, min(maxBins, sorted.count / max(1, least)))
        let even = Double(sorted.count) / Double(bins)
        let isBig = runs.map { isGreedy && Double($0.count) >= even }
        var restBins = bins - isBig.count { $0 }
        var restRows = runs.indices.reduce(0) { $0 + (isBig[$1] ? 0 : runs[$1].count) }
        var share = restBins > 0 ? Double(restRows) / Double(restBins) : .infinity
        var thresholds: [Double] = []
        var rows = 0
        for i in runs.indices.dropLast() {
            if !isBig[i] { restRows -= runs[i].count }
            rows += runs[i].count
            let isFull = isBig[i] || Double(rows) >= share || (isBig[i + 1] && Double(rows) >= max(1, share / 2))
            guard isGreedy ? isFull && thresholds.count < bins - 1 : rows >= least else { continue }
            let (a, b) = (runs[i].value, runs[i + 1].value)
            let middle = a / 2 + b / 2
            thresholds.append(middle < b ? max(a, middle) : a)
            rows = 0
            if !isBig[i] {
                restBins -= 1
                share = restBins > 0 ? Double(restRows) / Double(restBins) : .infinity
            }
        }
        return thresholds
    }

    private static func mapper(_ values: [Double], _ maxBins: Int, _ least: Int) -> BinMapper {
        var numbers = BucketedNumbers(capacity: values.count)
        _ = numbers.take(values.count) { values[$0] }
        return BinMapper.numeric(&numbers, maxBins: maxBins, minDataInBin: least, hasMissing: false)
    }

    @Test(arguments: [2, 3, 16, 100, 255], [1, 3, 50])
    func binsHoldWhatTheySay(maxBins: Int, least: Int) {
        let random = CounterRandom(seed: UInt64(maxBins), stream: UInt64(least))
        for (rows, values) in [(1, 1), (40, 5), (1_000, 30), (5_000, 5_000), (3_000, 260)] {
            // Half of the rows share one value: it takes a bin of its own.
            let sorted = (0 ..< rows).map { i in random.bits(at: UInt64(i)) & 1 == 0 ? 0.25 : Double(Int(random.uniform(at: UInt64(i + rows)) * Double(values))) / 8 - 3 }.sorted()
            let mapper = Self.mapper(sorted, maxBins, least)
            guard case .numeric(let thresholds) = mapper.kind else { return #expect(Bool(false)) }
            #expect(mapper.valueBins == thresholds.count + 1 && mapper.valueBins <= maxBins)
            #expect(thresholds == thresholds.sorted() && Set(thresholds).count == thresholds.count)
            for threshold in thresholds {
                // Halfway between two neighbouring values.
                let below = sorted.last { $0 <= threshold }!
                let above = sorted.first { $0 > threshold }!
                #expect(threshold == (below + above) / 2)
            }
            if Set(sorted).count <= maxBins, least == 1 { #expect(mapper.valueBins == Set(sorted).count) }
            if rows == 5_000, least <= 3, maxBins >= 16 { #expect(mapper.valueBins >= maxBins * 9 / 10) }
        }
    }
}

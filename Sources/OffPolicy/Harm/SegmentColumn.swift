import Datasets

/// A column of a history, cut into the parts that people speak of: each level of texts, each of a few numbers, else four ranges
/// of numbers about the quartiles, at cuts as round as they can be. What is cut where depends on the column alone, never on
/// outcomes.
package struct SegmentColumn: Sendable {
    /// A column of at most so many different numbers is taken number by number.
    static let fewNumbers = 8
    /// Ranges that other columns of numbers are cut into.
    static let ranges = 4
    /// How far from its quantile, in shares of the deals, a cut may move to become rounder.
    static let slack = 0.04

    package let conditions: [SegmentCondition]
    /// The condition of each deal, an index.
    package let codes: [Int32]

    /// - Precondition: the column holds texts or numbers.
    package init(_ column: Column) {
        switch column.values {
        case .categorical(let codes, let dictionary):
            let levels = dictionary.map { SegmentCondition.Values.level($0) }
            self.init(column.name, levels, codes)
        case .numeric(let values):
            let (parts, codes) = Self.cut(values)
            self.init(column.name, parts, codes)
        case .identifier, .time:
            preconditionFailure("checked when the history was read")
        }
    }

    /// - Parameter codes: -1 for missing, which becomes a part of its own where it occurs.
    private init(_ column: String, _ parts: [SegmentCondition.Values], _ codes: [Int32]) {
        var parts = parts, codes = codes
        let missing = Int32(parts.count)
        var anyMissing = false
        for i in codes.indices where codes[i] < 0 {
            codes[i] = missing
            anyMissing = true
        }
        if anyMissing { parts.append(.missing) }
        conditions = parts.map { SegmentCondition(column: column, values: $0) }
        self.codes = codes
    }

    private static func cut(_ values: [Double]) -> (parts: [SegmentCondition.Values], codes: [Int32]) {
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard let first = sorted.first else { return ([], values.map { _ in -1 }) }
        var distinct = [first]
        for value in sorted where value != distinct.last! {
            distinct.append(value)
            if distinct.count > fewNumbers { break }
        }
        if distinct.count <= fewNumbers {
            return (distinct.map { .equal($0) }, values.map { value in Int32(distinct.firstIndex(of: value) ?? -1) })
        }
        let cuts = cuts(sorted)
        var parts: [SegmentCondition.Values] = []
        for index in 0 ... cuts.count {
            let low = index == 0 ? nil : cuts[index - 1], high = index == cuts.count ? nil : cuts[index]
            parts.append(part(sorted, from: low, to: high))
        }
        return (parts, values.map { value in value.isNaN ? -1 : Int32(cuts.count { value >= $0 }) })
    }

    /// Ascending numbers of which each has values below and none stands twice.
    private static func cuts(_ sorted: [Double]) -> [Double] {
        func value(_ share: Double) -> Double { sorted[min(sorted.count - 1, max(0, Int(share * Double(sorted.count))))] }
        var cuts: [Double] = []
        for index in 1 ..< ranges {
            let share = Double(index) / Double(ranges)
            let floor = cuts.last ?? sorted[0]
            let low = value(share - slack), high = value(share + slack)
            // Where many deals tie at the lowest value, what follows it begins the next range.
            let next = high > floor ? high : cuts.isEmpty ? sorted.first { $0 > floor } : nil
            if let next, case let cut = roundest(above: high > floor ? max(low, floor) : floor, to: next), cut > floor, cut <= sorted[sorted.count - 1] { cuts.append(cut) }
        }
        return cuts
    }

    private static func part(_ sorted: [Double], from low: Double?, to high: Double?) -> SegmentCondition.Values {
        let first = low.map { low in sorted.first { $0 >= low }! } ?? sorted[0]
        let last = high.map { high in sorted.last { $0 < high }! } ?? sorted[sorted.count - 1]
        if first == last { return .equal(first) }
        return switch (low, high) {
        case (nil, let high?): .below(high)
        case (let low?, let high?): .between(low, high)
        case (let low?, nil): .atLeast(low)
        case (nil, nil): .atLeast(first)
        }
    }

    /// The number in (low, high] with the fewest digits: a multiple of 1, 2 or 5 times the largest power of ten that has one.
    package static func roundest(above low: Double, to high: Double) -> Double {
        guard low < high, low.isFinite, high.isFinite else { return high }
        // Powers of ten up to 10^22 are exact, so that a multiple of them, or divided by them, is rounded once.
        for exponent in stride(from: 17, through: -15, by: -1) {
            var power = 1.0
            for _ in 0 ..< exponent.magnitude { power *= 10 }
            for factor in [5.0, 2, 1] {
                let multiple = exponent >= 0 ? (high / (factor * power)).rounded(.down) : (high * power / factor).rounded(.down)
                let value = exponent >= 0 ? multiple * factor * power : multiple * factor / power
                if value > low, value <= high { return value }
            }
        }
        return high
    }
}

/// Parts of a history's deals: each declared column's, and those of every two columns together.
package struct SegmentMap: Sendable {
    /// Deals that a segment needs to be looked at; more where there would be more than `mostCells` segments otherwise.
    package static let fewestDeals = 100
    package static let mostCells = 1_000

    package struct Cell: Sendable {
        package let segment: Segment
        /// Ascending.
        package let rows: [Int32]
    }

    package let deals: Int
    package private(set) var singles: [Cell] = []
    package private(set) var pairs: [Cell] = []
    /// Deals of the smallest segment that is looked at, at least.
    package private(set) var minimumDeals = Self.fewestDeals
    /// Segments that occur and have fewer.
    package private(set) var leftOut = 0

    /// O(deals · columns²).
    package init(_ columns: [Column], pairs withPairs: Bool = true) {
        let cut = columns.map(SegmentColumn.init)
        deals = columns.first?.count ?? 0
        for column in cut { singles += Self.cells(column.conditions.map { Segment([$0]) }, column.codes) }
        if withPairs {
            for (index, a) in cut.enumerated() {
                for b in cut[(index + 1)...] {
                    let width = Int32(b.conditions.count)
                    let both = a.conditions.flatMap { first in b.conditions.map { Segment([first, $0]) } }
                    pairs += Self.cells(both, a.codes.indices.map { a.codes[$0] * width + b.codes[$0] })
                }
            }
        }
        let counts = (singles + pairs).map(\.rows.count).sorted(by: >)
        if counts.count > Self.mostCells { minimumDeals = max(minimumDeals, counts[Self.mostCells] + 1) }
        leftOut = counts.count { $0 < minimumDeals }
        singles.removeAll { $0.rows.count < minimumDeals }
        pairs.removeAll { $0.rows.count < minimumDeals }
    }

    private static func cells(_ segments: [Segment], _ codes: [Int32]) -> [Cell] {
        var counts = Array(repeating: 0, count: segments.count)
        for code in codes { counts[Int(code)] += 1 }
        var rows = counts.map { count in
            var rows: [Int32] = []
            // Small ones are counted alone.
            if count > 0 { rows.reserveCapacity(count) }
            return rows
        }
        for (deal, code) in codes.enumerated() { rows[Int(code)].append(Int32(deal)) }
        return segments.indices.filter { counts[$0] > 0 }.map { Cell(segment: segments[$0], rows: rows[$0]) }
    }
}

import LinearAlgebra

/// What a row is used for.
public enum Part: String, Sendable, CaseIterable {
    case train, validation, calibration, test
}

/// Which rows train a model, and which are kept from it for early stopping, calibration and test.
public enum Splits {
    /// The shares of rows kept from training; the rest trains. Each lies in [0, 1) and they sum to less than 1.
    public struct Shares: Sendable, Equatable {
        public var validation: Double
        public var calibration: Double
        public var test: Double

        public init(validation: Double = 0, calibration: Double = 0, test: Double = 0) {
            let all = [validation, calibration, test]
            precondition(all.allSatisfy { $0 >= 0 && $0 < 1 } && validation + calibration + test < 1, "shares of a split out of range")
            self.validation = validation
            self.calibration = calibration
            self.test = test
        }

        /// Rows of each part: shares times rows, rounded to the nearest (halves up), training gets the rest.
        func counts(of rowCount: Int) -> (validation: Int, calibration: Int, test: Int) {
            func rows(_ share: Double) -> Int { Int((share * Double(rowCount)).rounded(.toNearestOrAwayFromZero)) }
            let wanted = (rows(validation), rows(calibration), rows(test))
            // Rounding up three times could take the last row from a tiny table's training.
            return wanted.0 + wanted.1 + wanted.2 < max(rowCount, 1) ? wanted : (0, 0, min(wanted.2, max(rowCount - 1, 0)))
        }
    }

    /// By chance, in exact sizes: rows in the order of a permutation drawn from `seed` go to test, calibration,
    /// validation, then training. The same seed and number of rows give the same split, whatever the rows hold.
    public static func random(rowCount: Int, shares: Shares, seed: UInt64) -> [Part] {
        let counts = shares.counts(of: rowCount)
        var parts = [Part](repeating: .train, count: rowCount)
        let order = CounterRandom(seed: seed, stream: 0x5350_4C49_54).permutation(rowCount)
        for (place, row) in order.enumerated() {
            if place < counts.test { parts[row] = .test }
            else if place < counts.test + counts.calibration { parts[row] = .calibration }
            else if place < counts.test + counts.calibration + counts.validation { parts[row] = .validation }
            else { break }
        }
        return parts
    }

    /// By time: the latest rows test, those before them calibrate, then validate, the earliest train. Rows of one
    /// instant are never separated: they go together to the later of the parts between which the cut would fall,
    /// so a kept part may get more rows than its share and training fewer, perhaps none.
    /// - Throws: `DataError` if the column is neither time nor numeric, or a value is missing.
    public static func byTime(_ column: Column, shares: Shares, source: String) throws -> [Part] {
        let times: [Double]
        switch column.values {
        case .time(let values), .numeric(let values): times = values
        default: throw DataError(source: source, column: column.name, reason: "a \(column.kind.rawValue) column; expected times or numbers to split by")
        }
        if let row = times.firstIndex(where: \.isNaN) {
            throw DataError(source: source, column: column.name, reason: "no value in data row \(row + 1); expected a time in every row to split by")
        }
        let counts = shares.counts(of: times.count)
        let order = times.indices.sorted { times[$0] != times[$1] ? times[$0] < times[$1] : $0 < $1 }
        var parts = [Part](repeating: .train, count: times.count)
        var cut = times.count, end = times.count
        for (part, count) in [(Part.test, counts.test), (.calibration, counts.calibration), (.validation, counts.validation)] where count > 0 {
            cut = min(max(0, cut - count), end)
            while cut > 0, cut < end, times[order[cut - 1]] == times[order[cut]] { cut -= 1 }
            for place in cut ..< end { parts[order[place]] = part }
            end = cut
        }
        return parts
    }

    /// By a column whose texts name the part of each row: `train`, `validation`, `calibration` or `test`.
    /// - Throws: `DataError` for a missing value or another text.
    public static func byColumn(_ column: Column, source: String) throws -> [Part] {
        let expected = "expected one of " + Part.allCases.map(\.rawValue).joined(separator: ", ")
        return try (0 ..< column.count).map { row in
            guard let text = column.text(at: row) else {
                throw DataError(source: source, column: column.name, reason: "no value in data row \(row + 1); \(expected)")
            }
            guard let part = Part(rawValue: text) else {
                throw DataError(source: source, column: column.name, reason: "'\(text)' in data row \(row + 1); \(expected)")
            }
            return part
        }
    }
}

extension [Part] {
    /// The rows of one part, ascending.
    public func rows(of part: Part) -> [Int] { indices.filter { self[$0] == part } }
}

/// Folds for cross-fitting: each row's fold, numbered from 0.
public enum Folds {
    /// By chance, in sizes that differ by at most one.
    public static func random(rowCount: Int, folds: Int, seed: UInt64) -> [Int] {
        precondition(folds > 0)
        var fold = [Int](repeating: 0, count: rowCount)
        for (place, row) in CounterRandom(seed: seed, stream: 0x464F_4C44).permutation(rowCount).enumerated() { fold[row] = place % folds }
        return fold
    }

    /// Whole groups together: groups from the largest to the smallest, equals in an order drawn from `seed`, each into the fold
    /// with the fewest rows so far. No fold is then larger than the smallest by more than the size of one group.
    /// - Parameter groups: each row's group, any numbers (codes of a column, for instance).
    public static func grouped(groups: [Int], folds: Int, seed: UInt64) -> [Int] {
        precondition(folds > 0)
        var indexOf: [Int: Int] = [:], sizes: [Int] = []
        let group = groups.map { value in
            let index = indexOf[value] ?? sizes.count
            if index == sizes.count { indexOf[value] = index; sizes.append(0) }
            sizes[index] += 1
            return index
        }
        let order = CounterRandom(seed: seed, stream: 0x4752_4F55_50).permutation(sizes.count)
        let rank = order.indices.reduce(into: [Int](repeating: 0, count: order.count)) { $0[order[$1]] = $1 }
        let largestFirst = sizes.indices.sorted { (sizes[$0], rank[$1]) > (sizes[$1], rank[$0]) }
        var rowsIn = [Int](repeating: 0, count: folds), foldOf = [Int](repeating: 0, count: sizes.count)
        for index in largestFirst {
            let fold = rowsIn.indices.min { (rowsIn[$0], $0) < (rowsIn[$1], $1) }!
            foldOf[index] = fold
            rowsIn[fold] += sizes[index]
        }
        return group.map { foldOf[$0] }
    }
}

import LinearAlgebra

extension ColumnProfile {
    /// What the column says about the target on its own; `nil` if that is nothing unusual. Identifiers are not judged.
    func leak(in column: Column, labels: Labels) -> Leak? {
        guard column.kind != .identifier, missing.positives + missing.negatives < labels.positives + labels.negatives else { return nil }
        let auc: Double
        switch column.values {
        case .numeric, .time: auc = numericAUC()
        case .categorical(let codes, let dictionary): auc = Self.foldedAUC(codes, levels: dictionary.count, labels)
        case .identifier: return nil
        }
        let aucOfMissing = Self.directionless(RankedGroups([missing, labels.rest(missing)]).auc)
        let decided = self.decided(in: column, labels)
        guard auc >= Leak.possibleAUC || aucOfMissing >= Leak.missingAUC || !decided.isEmpty else { return nil }
        return Leak(column: column.name, strength: auc >= Leak.likelyAUC ? .likely : .possible, auc: auc, aucOfMissing: aucOfMissing, decided: decided)
    }

    private static func directionless(_ auc: Double) -> Double { max(auc, 1 - auc) }

    /// AUC of the value, with the rows that miss it put at the end where they fit better.
    private func numericAUC() -> Double {
        max(Self.directionless(RankedGroups([missing] + rows).auc), Self.directionless(RankedGroups(rows + [missing]).auc))
    }

    /// AUC of a category's share of positives, where each half of the rows is scored by the shares of the other half: a column
    /// of many categories cannot look good by memory. Shares lean on the base rate with the weight of ten rows; missing is a category.
    private static func foldedAUC(_ codes: [Int32], levels: Int, _ labels: Labels) -> Double {
        let random = CounterRandom(seed: 1, stream: 0x4C45_414B)
        var halves = [[Rows]](repeating: [Rows](repeating: Rows(), count: levels + 1), count: 2)
        for (row, code) in codes.enumerated() {
            halves[Int(random.bits(at: UInt64(row)) >> 63)][Int(code) + 1].add(labels.values[row])
        }
        var scored: [(share: Double, rows: Rows)] = []
        for half in 0 ..< 2 {
            for level in 0 ... levels {
                let other = halves[1 - half][level]
                let share = (Double(other.positives) + 10 * labels.baseRate) / (Double(other.positives + other.negatives) + 10)
                scored.append((share, halves[half][level]))
            }
        }
        scored.sort { $0.share < $1.share }
        var groups: [Rows] = [], last = -1.0
        for (share, rows) in scored {
            if share != last { groups.append(Rows()) }
            groups[groups.count - 1].positives += rows.positives
            groups[groups.count - 1].negatives += rows.negatives
            last = share
        }
        return directionless(RankedGroups(groups).auc)
    }

    // MARK: Decided rows

    private func decided(in column: Column, _ labels: Labels) -> [DecidedRows] {
        var found: [DecidedRows] = []
        func note(_ rows: Rows, _ condition: @autoclosure () -> DecidedRows.Condition) {
            if labels.isDecided(rows) { found.append(DecidedRows(condition: condition(), rows: rows.positives + rows.negatives, positives: rows.positives)) }
        }
        note(missing, .missing)
        switch values {
        case .texts(let texts):
            for index in rows.indices { note(rows[index], .equals(texts[index])) }
        case .numbers(let numbers):
            if let low = longestDecidedTail(rows.indices, labels) { note(low.rows, .atMost(numbers[low.end])) }
            if let high = longestDecidedTail(rows.indices.reversed(), labels) { note(high.rows, .atLeast(numbers[high.end])) }
        }
        return found.sorted { $0.rows > $1.rows }
    }

    /// The most rows from one end of the values that are still decided.
    private func longestDecidedTail(_ order: some Sequence<Int>, _ labels: Labels) -> (rows: Rows, end: Int)? {
        var tail = Rows(), best: (Rows, Int)?
        for index in order {
            tail.positives += rows[index].positives
            tail.negatives += rows[index].negatives
            if labels.isDecided(tail) { best = (tail, index) }
        }
        return best
    }
}

extension Labels {
    /// The rows with a target that are not among these.
    func rest(_ rows: ColumnProfile.Rows) -> ColumnProfile.Rows {
        ColumnProfile.Rows(all: 0, positives: positives - rows.positives, negatives: negatives - rows.negatives)
    }

    /// At least 99 % have one outcome, and the chance of that many, were they drawn like all rows, is below one in a million:
    /// by Chernoff's bound at most exp(-n · KL(share | base rate)).
    func isDecided(_ rows: ColumnProfile.Rows) -> Bool {
        let total = rows.positives + rows.negatives
        guard total > 0 else { return false }
        let isPositive = rows.positives > rows.negatives
        let share = Double(isPositive ? rows.positives : rows.negatives) / Double(total)
        let base = isPositive ? baseRate : 1 - baseRate
        guard share >= 0.99, share > base else { return false }
        let rare = share < 1 ? (1 - share) * Portable.log((1 - share) / (1 - base)) : 0
        return Double(total) * (share * Portable.log(share / base) + rare) > 13.815510557964274 // ln 1e6
    }
}

/// Groups of rows in ascending order of a score; rows of one group are tied.
struct RankedGroups {
    private let groups: [ColumnProfile.Rows]

    init(_ groups: [ColumnProfile.Rows]) { self.groups = groups }

    /// The chance that a positive row ranks above a negative one, ties counted half: the Mann-Whitney statistic, exact in integers.
    /// 0.5 without rows of both classes.
    var auc: Double {
        var below = 0, twice = 0, positives = 0
        for group in groups {
            twice += group.positives * (2 * below + group.negatives)
            below += group.negatives
            positives += group.positives
        }
        return positives == 0 || below == 0 ? 0.5 : Double(twice) / (2 * Double(positives) * Double(below))
    }
}

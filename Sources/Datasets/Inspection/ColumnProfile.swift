import LinearAlgebra

/// A column reduced to its different values in ascending order, with the rows of each: what every question of an
/// inspection is answered from. O(n log n) for numbers, O(n) for texts.
struct ColumnProfile: Sendable {
    enum Values: Sendable {
        case numbers([Double])
        case texts([String])
    }

    /// Rows of one value: all, those with a positive target, those with a negative one.
    struct Rows: Sendable {
        var all = 0
        var positives = 0
        var negatives = 0

        mutating func add(_ label: Int8) {
            all += 1
            if label == 1 { positives += 1 } else if label == 0 { negatives += 1 }
        }
    }

    var values: Values
    /// By value.
    var rows: [Rows]
    var missing: Rows
    /// Of numbers, over the rows that have one.
    var mean: Double?

    var distinct: Int { rows.count }
    var present: Int { rows.reduce(0) { $0 + $1.all } }

    /// - Parameter labels: without them, positives and negatives stay 0.
    init(_ column: Column, labels: Labels?) {
        missing = Rows()
        rows = []
        let label: (Int) -> Int8 = { labels?.values[$0] ?? -1 }
        switch column.values {
        case .numeric(let numbers), .time(let numbers):
            values = .numbers([])
            count(numbers, labels)
        case .categorical(let codes, let dictionary):
            var counts = [Rows](repeating: Rows(), count: dictionary.count)
            for (row, code) in codes.enumerated() {
                if code < 0 { missing.add(label(row)) } else { counts[Int(code)].add(label(row)) }
            }
            let used = dictionary.indices.filter { counts[$0].all > 0 }
            values = .texts(used.map { dictionary[$0] })
            rows = used.map { counts[$0] }
        case .identifier(let texts):
            var counts: [String: Rows] = [:]
            for row in 0 ..< texts.count {
                if texts.isMissing(row) { missing.add(label(row)) } else { counts[texts[row], default: Rows()].add(label(row)) }
            }
            let used = counts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            values = .texts(used)
            rows = used.map { counts[$0]! }
        }
    }

    /// Sorts the numbers of each class by themselves, which carries no labels along, and merges them into runs of equals.
    private mutating func count(_ numbers: [Double], _ labels: Labels?) {
        var classes: [[Double]] = [[], [], []], sum = 0.0
        for (row, number) in numbers.enumerated() {
            let label = labels?.values[row] ?? -1
            if number.isNaN { missing.add(label) } else {
                classes[Int(label) + 1].append(number)
                sum += number
            }
        }
        for index in classes.indices { classes[index].sort() }
        var distinct: [Double] = [], next = [0, 0, 0]
        while true {
            var value = Double.infinity, isAtEnd = true
            for index in 0 ..< 3 where next[index] < classes[index].count {
                value = min(value, classes[index][next[index]])
                isAtEnd = false
            }
            if isAtEnd { break }
            var run = Rows()
            for index in 0 ..< 3 {
                while next[index] < classes[index].count, classes[index][next[index]] == value {
                    run.add(Int8(index - 1))
                    next[index] += 1
                }
            }
            distinct.append(value)
            rows.append(run)
        }
        values = .numbers(distinct)
        if !distinct.isEmpty { mean = sum / Double(numbers.count - missing.all) }
    }

    func inspection(of column: Column) -> ColumnInspection {
        var minimum: Double?, maximum: Double?
        if case .numbers(let numbers) = values { (minimum, maximum) = (numbers.first, numbers.last) }
        return ColumnInspection(name: column.name, kind: column.kind, missing: missing.all, distinct: distinct, minimum: minimum, maximum: maximum,
                                mean: mean, frequent: frequent(in: column, limit: 5), suspicions: suspicions(of: column))
    }

    private func frequent(in column: Column, limit: Int) -> [(text: String, rows: Int)] {
        var best: [Int] = []
        for index in rows.indices where best.count < limit || rows[index].all > rows[best[best.count - 1]].all {
            let place = best.firstIndex { rows[index].all > rows[$0].all } ?? best.count
            best.insert(index, at: place)
            if best.count > limit { best.removeLast() }
        }
        return best.map { (text(of: $0, in: column), rows[$0].all) }
    }

    func text(of index: Int, in column: Column) -> String {
        switch values {
        case .texts(let texts): return texts[index]
        case .numbers(let numbers):
            let value: Column.Values = column.kind == .time ? .time([numbers[index]]) : .numeric([numbers[index]])
            return Column(name: column.name, values: value).text(at: 0)!
        }
    }
}

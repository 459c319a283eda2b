/// The target as one small number a row.
struct Labels: Sendable {
    /// 1 positive, 0 negative, -1 no target.
    let values: [Int8]
    let positives: Int
    let negatives: Int
    let positiveText: String

    var baseRate: Double { Double(positives) / Double(positives + negatives) }

    init(_ target: Inspection.Target, in table: Table) throws {
        guard let column = table[target.column] else {
            throw DataError(source: table.source, column: target.column, reason: "no such column; expected the target")
        }
        func wrong(_ reason: String) -> DataError { DataError(source: table.source, column: target.column, reason: reason) }
        let isPositive: (Int) -> Bool
        switch column.values {
        case .numeric(let numbers), .time(let numbers):
            let positive: Double
            if let text = target.positive {
                guard let number = NumberParser.number(text) else { throw wrong("the positive value '\(text)' is no number, as the column's values are") }
                positive = number
            } else {
                var present = Set<Double>()
                for number in numbers where !number.isNaN && present.count < 3 { present.insert(number) }
                guard present.count == 2 else { throw wrong("expected a positive value to be named, since the column has not just two values") }
                positive = present.max()!
            }
            positiveText = Column(name: "", values: .numeric([positive])).text(at: 0)!
            isPositive = { numbers[$0] == positive }
        case .categorical(let codes, let dictionary):
            let used = Set(codes).subtracting([-1])
            let positive: Int32
            if let text = target.positive {
                positive = dictionary.firstIndex { $0.utf8.elementsEqual(text.utf8) }.map(Int32.init) ?? -2
            } else {
                guard used.count == 2 else { throw wrong("expected a positive value to be named, since the column has not just two values") }
                positive = used.max()!
            }
            positiveText = positive >= 0 ? dictionary[Int(positive)] : target.positive!
            isPositive = { codes[$0] == positive }
        case .identifier: throw wrong("all values are different; expected a target with two classes")
        }
        values = (0 ..< column.count).map { column.isMissing($0) ? -1 : isPositive($0) ? 1 : 0 }
        positives = values.count { $0 == 1 }
        negatives = values.count { $0 == 0 }
        if positives == 0 { throw wrong("no row has the positive value '\(positiveText)'") }
        if negatives == 0 { throw wrong("every row has the positive value '\(positiveText)'; expected two classes") }
    }
}

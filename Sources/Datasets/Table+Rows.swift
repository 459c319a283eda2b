import Documents

extension Column {
    /// Is the value of this row missing?
    public func isMissing(_ row: Int) -> Bool {
        switch values {
        case .numeric(let numbers), .time(let numbers): numbers[row].isNaN
        case .categorical(let codes, _): codes[row] < 0
        case .identifier(let texts): texts.isMissing(row)
        }
    }

    /// The value as text, `nil` if missing: numbers as the shortest decimal that reads back the same, times in ISO 8601 (UTC).
    public func text(at row: Int) -> String? {
        if isMissing(row) { return nil }
        return switch values {
        case .numeric(let numbers): NumberText.shortest(numbers[row])
        case .time(let seconds): TimeText.text(seconds[row])
        case .categorical(let codes, let dictionary): dictionary[Int(codes[row])]
        case .identifier(let texts): texts[row]
        }
    }

    /// These rows in this order, repeats allowed. A dictionary stays whole: codes mean what they meant.
    public func selecting(rows: [Int]) -> Column {
        switch values {
        case .numeric(let numbers): Column(name: name, values: .numeric(rows.map { numbers[$0] }))
        case .time(let seconds): Column(name: name, values: .time(rows.map { seconds[$0] }))
        case .categorical(let codes, let dictionary):
            Column(name: name, values: .categorical(codes: rows.map { codes[$0] }, dictionary: dictionary))
        case .identifier(let texts): Column(name: name, values: .identifier(texts.selecting(rows: rows)))
        }
    }
}

extension Table {
    /// The table of these rows in this order, repeats allowed.
    /// - Precondition: every row is in `0 ..< rowCount`.
    public func selecting(rows: [Int]) -> Table {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < rowCount }, "row out of range")
        return Table(source: source, columns: columns.map { $0.selecting(rows: rows) }, rowCount: rows.count)
    }
}

/// Rows that repeat an earlier one.
enum DuplicateRows {
    /// How many rows equal an earlier row in every column, missing equal to missing. Exact: hashes only bring candidates together.
    static func count(in table: Table) -> Int {
        guard table.rowCount > 1, !table.columns.isEmpty else { return 0 }
        var hashes = [UInt64](repeating: 0x9E37_79B9_7F4A_7C15, count: table.rowCount)
        for column in table.columns { mix(column, into: &hashes) }
        let order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        var duplicates = 0, start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, hashes[order[end]] == hashes[order[start]] { end += 1 }
            if end - start > 1 { duplicates += end - start - differentRows(order[start ..< end], table) }
            start = end
        }
        return duplicates
    }

    private static func differentRows(_ rows: ArraySlice<Int>, _ table: Table) -> Int {
        var different: [Int] = []
        for row in rows where !different.contains(where: { areEqual($0, row, table) }) { different.append(row) }
        return different.count
    }

    private static func areEqual(_ first: Int, _ second: Int, _ table: Table) -> Bool {
        table.columns.allSatisfy { column in
            switch column.values {
            case .numeric(let numbers), .time(let numbers): numbers[first] == numbers[second] || (numbers[first].isNaN && numbers[second].isNaN)
            case .categorical(let codes, _): codes[first] == codes[second]
            case .identifier(let texts): texts[first].utf8.elementsEqual(texts[second].utf8)
            }
        }
    }

    private static func mix(_ column: Column, into hashes: inout [UInt64]) {
        switch column.values {
        case .numeric(let numbers), .time(let numbers):
            // Adding 0 makes -0 and 0 one number, as they are when compared.
            for (row, number) in numbers.enumerated() { mix(number.isNaN ? 1 : (number + 0).bitPattern, into: &hashes[row]) }
        case .categorical(let codes, _):
            for (row, code) in codes.enumerated() { mix(UInt64(bitPattern: Int64(code)), into: &hashes[row]) }
        case .identifier(let texts):
            for row in 0 ..< texts.count {
                for byte in texts[row].utf8 { mix(UInt64(byte), into: &hashes[row]) }
            }
        }
    }

    @inline(__always) private static func mix(_ value: UInt64, into hash: inout UInt64) {
        let product = (hash ^ value &* 0xD6E8_FEB8_6659_FD93).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        hash = product.high ^ product.low &+ 0x2545_F491_4F6C_DD1D
    }
}

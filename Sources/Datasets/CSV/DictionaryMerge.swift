/// A text column's parts, each with codes of its own dictionary, made one.
struct DictionaryMerge {
    /// Fewer texts than this, though all different, are still taken for categories: a handful of rows says little.
    static let identifierMinimum = 20

    let bytes: ByteView
    let scanner: RecordScanner
    /// Each part's texts by its own code.
    let parts: [[Range<Int>]]
    /// The rows of `slots` that each part filled.
    let rows: [Range<Int>]

    /// Rewrites the parts' codes in place to those of one sorted dictionary, or takes the texts out where all are different.
    func values(of column: ColumnAttempt, slots: ColumnSlots<Int32>, rowCount: Int) -> Column.Values {
        var merged = TextDictionary()
        var joined: [[Int32]] = parts.map { texts in texts.map { merged.code(bytes, $0) } }
        let texts = merged.texts
        let isMissing = texts.map { !column.missing.isEmpty && column.missing.contains(scanner.text($0)) }

        if isIdentifier(column, distinct: isMissing.count { !$0 }, isMissing: isMissing, joined: joined, slots: slots) {
            return .identifier(identifiers(texts, isMissing: isMissing, joined: joined, slots: slots))
        }
        let order = texts.indices.filter { !isMissing[$0] }.sorted { bytes.precedes(texts[$0], texts[$1]) }
        var ranks = [Int32](repeating: -1, count: texts.count)
        for (rank, code) in order.enumerated() { ranks[code] = Int32(rank) }
        for part in joined.indices {
            for code in joined[part].indices { joined[part][code] = ranks[Int(joined[part][code])] }
            for row in rows[part] where slots[row] >= 0 { slots[row] = joined[part][Int(slots[row])] }
        }
        slots.closeGaps(rows)
        return .categorical(codes: slots.take(rowCount), dictionary: order.map { scanner.text(texts[$0]) })
    }

    /// Given as such; or, without a given kind, at least `identifierMinimum` texts and no two alike.
    private func isIdentifier(_ column: ColumnAttempt, distinct: Int, isMissing: [Bool], joined: [[Int32]], slots: ColumnSlots<Int32>) -> Bool {
        if let given = column.givenKind { return given == .identifier }
        guard distinct >= Self.identifierMinimum else { return false }
        var present = 0
        for part in joined.indices {
            for row in rows[part] where slots[row] >= 0 && !isMissing[Int(joined[part][Int(slots[row])])] {
                present += 1
                if present > distinct { return false }
            }
        }
        return true
    }

    private func identifiers(_ texts: [Range<Int>], isMissing: [Bool], joined: [[Int32]], slots: ColumnSlots<Int32>) -> TextStorage {
        var storage = TextStorage()
        for part in joined.indices {
            for row in rows[part] {
                let code = slots[row] < 0 ? nil : Int(joined[part][Int(slots[row])])
                if let code, !isMissing[code] {
                    storage.append(utf8: scanner.text(texts[code]).utf8)
                } else {
                    storage.append(utf8: EmptyCollection<UInt8>())
                }
            }
        }
        return storage
    }
}

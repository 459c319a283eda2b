import LinearAlgebra

/// Rows drawn without replacement, for views that need not or cannot show every row: whoever shows one says `rows.count` of `total`.
public struct RowSample: Sendable, Equatable {
    /// Ascending.
    public let rows: [Int]
    public let total: Int

    public var isWhole: Bool { rows.count == total }

    /// All rows if there are no more than `limit`, else `limit` of them, each set equally likely; the same for the same seed. O(total).
    public init(of total: Int, limit: Int, seed: UInt64 = 1) {
        precondition(limit > 0, "a sample has rows")
        self.total = total
        rows = total <= limit ? Array(0 ..< total) : CounterRandom(seed: seed, stream: 0x5A4D_504C).permutation(total).prefix(limit).sorted()
    }
}

import LinearAlgebra

/// The rows that one walk of a tree serves.
let lanes = 16

/// What the trees' questions read of a row, transposed so that one question is answered for 16 rows at once.
///
/// A question must send NaN where its node says. Rather than test for NaN in every node, a numeric feature is laid out
/// once for the nodes that send missing to the left (NaN becomes -∞, below every threshold) and once for those that send
/// it to the right (+∞). Categorical features are laid out as integer codes. Only layouts that some node reads are made.
struct QuestionColumns: Sendable {
    enum Reading: Hashable, Sendable { case missingLow, missingHigh, code }

    struct Column: Hashable, Sendable {
        var feature: Int
        var reading: Reading
    }

    /// Codes that no category has; both lie outside every category set. The sign bit tells missing.
    private static let missingCode: Int64 = -1
    private static let unknownCode = Int64.max

    private(set) var columns: [Column] = []
    private var indices: [Column: Int] = [:]

    var count: Int { columns.count }

    /// The index of the column that a question on `feature` reads.
    mutating func index(feature: Int, reading: Reading) -> Int {
        let column = Column(feature: feature, reading: reading)
        if let index = indices[column] { return index }
        indices[column] = columns.count
        columns.append(column)
        return columns.count - 1
    }

    /// Lays out rows `first ..< first + count` of `features` (at most 16; the lanes beyond are left as they are) into
    /// `block` from `start` on: one vector a column. O(16 · columns).
    func load(_ features: Matrix, first: Int, count: Int, into block: inout [Signs], at start: Int) {
        let rowStep = features.order == .column ? 1 : features.columns
        let columnStep = features.order == .column ? features.rows : 1
        let values = features.storage.span
        for (index, column) in columns.enumerated() {
            var source = first * rowStep + column.feature * columnStep
            for lane in 0 ..< count {
                block[start + index][lane] = Self.pattern(values[source], column.reading)
                source += rowStep
            }
        }
    }

    @inline(__always)
    private static func pattern(_ x: Double, _ reading: Reading) -> Int64 {
        switch reading {
        case .missingLow: Int64(bitPattern: (x.isNaN ? -Double.infinity : x).bitPattern)
        case .missingHigh: Int64(bitPattern: (x.isNaN ? Double.infinity : x).bitPattern)
        case .code: x.isNaN ? missingCode : x >= 0 && x < 65_536 ? Int64(x) : unknownCode
        }
    }
}

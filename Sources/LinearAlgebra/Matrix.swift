/// A dense matrix of doubles with value semantics.
///
/// Storage is contiguous: element (i, j) stands at `i * columns + j` in row order and at
/// `i + j * rows` in column order. Feature tables are column-ordered (one feature is one run of
/// memory); designs handed to BLAS say which they are.
public struct Matrix: Sendable, Equatable {
    public enum Order: Sendable { case row, column }

    public let rows: Int
    public let columns: Int
    public let order: Order
    public var storage: [Double]

    /// - Precondition: `storage.count == rows * columns`.
    public init(rows: Int, columns: Int, order: Order, storage: [Double]) {
        precondition(rows >= 0 && columns >= 0, "a matrix has no negative size")
        precondition(storage.count == rows * columns, "\(rows) x \(columns) needs \(rows * columns) values, got \(storage.count)")
        self.rows = rows
        self.columns = columns
        self.order = order
        self.storage = storage
    }

    public init(rows: Int, columns: Int, order: Order = .column, repeating value: Double = 0) {
        self.init(rows: rows, columns: columns, order: order, storage: Array(repeating: value, count: rows * columns))
    }

    public subscript(row: Int, column: Int) -> Double {
        get { storage[offset(row, column)] }
        set { storage[offset(row, column)] = newValue }
    }

    private func offset(_ row: Int, _ column: Int) -> Int {
        precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) lies outside \(rows) x \(columns)")
        return order == .row ? row * columns + column : row + column * rows
    }

    /// The values of one column, copied. O(rows).
    public func column(_ j: Int) -> [Double] {
        order == .column ? Array(storage[j * rows ..< (j + 1) * rows]) : (0 ..< rows).map { storage[$0 * columns + j] }
    }

    /// The values of one row, copied. O(columns).
    public func row(_ i: Int) -> [Double] {
        order == .row ? Array(storage[i * columns ..< (i + 1) * columns]) : (0 ..< columns).map { storage[i + $0 * rows] }
    }

    /// The rows at `indices`, in that order, in the same storage order.
    public func selecting(rows indices: [Int]) -> Matrix {
        var result = Matrix(rows: indices.count, columns: columns, order: order)
        let (source, indices) = (storage.span, indices.span)
        var target = result.storage.mutableSpan
        // Column by column or row by row, as the values stand.
        if order == .column {
            for j in 0 ..< columns {
                for k in indices.indices { target[j * indices.count + k] = source[j * rows + indices[k]] }
            }
        } else {
            for k in indices.indices {
                for j in 0 ..< columns { target[k * columns + j] = source[indices[k] * columns + j] }
            }
        }
        return result
    }

    /// The same matrix with its storage in the given order. O(rows · columns) if that differs.
    public func reordered(_ newOrder: Order) -> Matrix {
        guard newOrder != order else { return self }
        let (outer, inner) = newOrder == .column ? (columns, rows) : (rows, columns)
        var values = [Double]()
        values.reserveCapacity(storage.count)
        for i in 0 ..< outer {
            for j in 0 ..< inner { values.append(storage[j * outer + i]) }
        }
        return Matrix(rows: rows, columns: columns, order: newOrder, storage: values)
    }
}

import LinearAlgebra

/// Random inputs for the laws below, each a function of its seed.
struct RandomMatrices {
    private let source: CounterRandom
    private var next: UInt64 = 0

    init(seed: UInt64) { source = CounterRandom(seed: seed, stream: 77) }

    mutating func value() -> Double {
        defer { next += 1 }
        return source.uniform(at: next) * 2 - 1
    }

    mutating func integer(below bound: Int) -> Int { Int((value() + 1) / 2 * Double(bound)) }

    mutating func vector(_ count: Int) -> [Double] { (0 ..< count).map { _ in value() } }

    mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        let order: Matrix.Order = integer(below: 2) == 0 ? .row : .column
        return Matrix(rows: rows, columns: columns, order: order, storage: vector(rows * columns))
    }

    /// B Bᵀ + I: symmetric, positive definite, well conditioned.
    mutating func positiveDefinite(_ n: Int) -> Matrix {
        let b = matrix(n, n)
        var a = Slow.product(b, Slow.transpose(b))
        for i in 0 ..< n { a[i, i] += 1 }
        return a
    }
}

/// The readable twins of the wrappers.
enum Slow {
    static func transpose(_ a: Matrix) -> Matrix {
        var result = Matrix(rows: a.columns, columns: a.rows, order: a.order)
        for i in 0 ..< a.rows { for j in 0 ..< a.columns { result[j, i] = a[i, j] } }
        return result
    }

    static func product(_ a: Matrix, _ b: Matrix) -> Matrix {
        var result = Matrix(rows: a.rows, columns: b.columns, order: .row)
        for i in 0 ..< a.rows {
            for j in 0 ..< b.columns {
                var sum = 0.0
                for k in 0 ..< a.columns { sum += a[i, k] * b[k, j] }
                result[i, j] = sum
            }
        }
        return result
    }

    static func product(_ a: Matrix, _ x: [Double]) -> [Double] {
        product(a, Matrix(rows: x.count, columns: 1, order: .column, storage: x)).column(0)
    }

    static func apply(_ operation: BLAS.Operation, _ a: Matrix) -> Matrix { operation == .none ? a : transpose(a) }

    static func identity(_ n: Int) -> Matrix {
        var result = Matrix(rows: n, columns: n)
        for i in 0 ..< n { result[i, i] = 1 }
        return result
    }

    /// The largest difference between elements, whatever the storage orders.
    static func distance(_ a: Matrix, _ b: Matrix) -> Double {
        precondition(a.rows == b.rows && a.columns == b.columns)
        return distance(a.reordered(.row).storage, b.reordered(.row).storage)
    }

    static func distance(_ a: [Double], _ b: [Double]) -> Double {
        precondition(a.count == b.count)
        return zip(a, b).map { $0.0 == $0.1 ? 0 : abs($0.0 - $0.1) }.max() ?? 0
    }
}

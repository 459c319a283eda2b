import CLinearAlgebra

/// The BLAS routines in use, over `Matrix` and arrays, with shapes checked.
///
/// A matrix may stand in row or in column order; orders may differ between the operands. Where a
/// function takes `rows`, only these rows of `a` take part, without a copy, as though `a` had no
/// others. A vector may be longer than needed if its offset is given.
///
/// All of this serves fitting and inference, not scoring: the last bits depend on the library.
/// With one thread (`BLASRuntime.singleThreaded`) a call is a function of its arguments alone.
///
/// Shapes that do not fit are a programmer's error and stop the program.
public enum BLAS {
    public enum Operation: Sendable { case none, transpose }

    // MARK: Vectors

    /// xᵀy. O(n).
    public static func dot(_ x: [Double], _ y: [Double]) -> Double {
        BLASRuntime.prepare()
        precondition(x.count == y.count, "dot of \(x.count) and \(y.count) values")
        return x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in cblas_ddot(Int32(x.count), x.baseAddress, 1, y.baseAddress, 1) }
        }
    }

    /// y ← αx + y. O(n).
    public static func axpy(_ alpha: Double, _ x: [Double], into y: inout [Double]) {
        BLASRuntime.prepare()
        precondition(x.count == y.count, "axpy of \(x.count) into \(y.count) values")
        x.withUnsafeBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in cblas_daxpy(Int32(x.count), alpha, x.baseAddress, 1, y.baseAddress, 1) }
        }
    }

    /// The Euclidean norm of x, without overflow on the way. O(n).
    public static func nrm2(_ x: [Double]) -> Double {
        BLASRuntime.prepare()
        return x.withUnsafeBufferPointer { cblas_dnrm2(Int32($0.count), $0.baseAddress, 1) }
    }

    // MARK: Matrix and vector

    /// y ← α op(A) x + βy. O(rows · columns).
    ///
    /// - Parameters:
    ///   - rows: the rows of `a` that take part; all if nil.
    ///   - from: where the operand begins in `x`; if nil, `x` must have just the length needed.
    ///   - at: where the result begins in `y`; if nil, `y` must have just the length needed.
    public static func gemv(
        _ operation: Operation, alpha: Double = 1, _ a: Matrix, rows: Range<Int>? = nil,
        _ x: [Double], from: Int? = nil, beta: Double = 0, into y: inout [Double], at: Int? = nil
    ) {
        let block = Block(a, rows: rows)
        let (needed, produced) = operation == .none ? (block.columns, block.rows) : (block.rows, block.columns)
        check(x.count, holds: needed, from: from, "x")
        check(y.count, holds: produced, from: at, "y")
        if needed == 0 || produced == 0 {
            return scale(&y, (at ?? 0) ..< (at ?? 0) + produced, by: beta)
        }
        a.storage.withUnsafeBufferPointer { a in
            x.withUnsafeBufferPointer { x in
                y.withUnsafeMutableBufferPointer { y in
                    cblas_dgemv(block.order == .row ? CblasRowMajor : CblasColMajor,
                                operation == .none ? CblasNoTrans : CblasTrans,
                                Int32(block.rows), Int32(block.columns), alpha,
                                a.baseAddress! + block.offset, block.leading,
                                x.baseAddress! + (from ?? 0), 1, beta, y.baseAddress! + (at ?? 0), 1)
                }
            }
        }
    }

    /// op(A) x as a new array. See `gemv(_:alpha:_:rows:_:from:beta:into:at:)`.
    public static func gemv(
        _ operation: Operation, _ a: Matrix, rows: Range<Int>? = nil, _ x: [Double], from: Int? = nil
    ) -> [Double] {
        var y = [Double](repeating: 0, count: operation == .none ? rows?.count ?? a.rows : a.columns)
        gemv(operation, a, rows: rows, x, from: from, into: &y)
        return y
    }

    /// A ← α x yᵀ + A. O(rows · columns).
    public static func ger(alpha: Double = 1, _ x: [Double], _ y: [Double], into a: inout Matrix) {
        let block = Block(a, rows: nil)
        check(x.count, holds: block.rows, from: nil, "x")
        check(y.count, holds: block.columns, from: nil, "y")
        guard block.rows > 0, block.columns > 0 else { return }
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                a.storage.withUnsafeMutableBufferPointer { a in
                    cblas_dger(block.order == .row ? CblasRowMajor : CblasColMajor, Int32(block.rows), Int32(block.columns),
                               alpha, x.baseAddress, 1, y.baseAddress, 1, a.baseAddress, block.leading)
                }
            }
        }
    }

    // MARK: Matrix and matrix

    /// C ← α op(A) op(B) + βC. O(rows · columns · inner).
    ///
    /// - Parameter rows: the rows of `a` that take part (before `operationA`); all if nil.
    public static func gemm(
        _ operationA: Operation, _ operationB: Operation, alpha: Double = 1,
        _ a: Matrix, rows: Range<Int>? = nil, _ b: Matrix, beta: Double = 0, into c: inout Matrix
    ) {
        let left = Block(a, rows: rows), right = Block(b, rows: nil), result = Block(c, rows: nil)
        let (m, k) = operationA == .none ? (left.rows, left.columns) : (left.columns, left.rows)
        let (k2, n) = operationB == .none ? (right.rows, right.columns) : (right.columns, right.rows)
        precondition(k == k2, "gemm of \(m) x \(k) and \(k2) x \(n)")
        precondition(c.rows == m && c.columns == n, "gemm gives \(m) x \(n), the target is \(c.rows) x \(c.columns)")
        guard m > 0, n > 0 else { return }
        guard k > 0 else { return scale(&c.storage, c.storage.indices, by: beta) }
        // An operand in the other order than C is, read in C's order, its own transpose.
        let transposeA = (operationA == .transpose) != (left.order != result.order)
        let transposeB = (operationB == .transpose) != (right.order != result.order)
        a.storage.withUnsafeBufferPointer { a in
            b.storage.withUnsafeBufferPointer { b in
                c.storage.withUnsafeMutableBufferPointer { c in
                    cblas_dgemm(result.order == .row ? CblasRowMajor : CblasColMajor,
                                transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                                Int32(m), Int32(n), Int32(k), alpha,
                                a.baseAddress! + left.offset, left.leading, b.baseAddress, right.leading,
                                beta, c.baseAddress, result.leading)
                }
            }
        }
    }

    /// op(A) op(B) as a new matrix in column order.
    public static func gemm(
        _ operationA: Operation, _ operationB: Operation,
        _ a: Matrix, rows: Range<Int>? = nil, _ b: Matrix
    ) -> Matrix {
        let rowCount = operationA == .none ? rows?.count ?? a.rows : a.columns
        var c = Matrix(rows: rowCount, columns: operationB == .none ? b.columns : b.rows)
        gemm(operationA, operationB, a, rows: rows, b, into: &c)
        return c
    }

    /// C ← α AAᵀ + βC, or α AᵀA + βC with `.transpose`; half the work of `gemm`.
    ///
    /// - Parameters:
    ///   - rows: the rows of `a` that take part; all if nil.
    ///   - c: a symmetric matrix; both triangles are written, or the lower one of `a`'s order alone if not `mirrored`.
    public static func syrk(
        _ operation: Operation, alpha: Double = 1, _ a: Matrix, rows: Range<Int>? = nil,
        beta: Double = 0, into c: inout Matrix, mirrored: Bool = true
    ) {
        let block = Block(a, rows: rows)
        let (n, k) = operation == .none ? (block.rows, block.columns) : (block.columns, block.rows)
        precondition(c.rows == n && c.columns == n, "syrk gives \(n) x \(n), the target is \(c.rows) x \(c.columns)")
        guard n > 0 else { return }
        guard k > 0 else { return scale(&c.storage, c.storage.indices, by: beta) }
        a.storage.withUnsafeBufferPointer { a in
            c.storage.withUnsafeMutableBufferPointer { c in
                cblas_dsyrk(block.order == .row ? CblasRowMajor : CblasColMajor, CblasLower,
                            operation == .none ? CblasNoTrans : CblasTrans, Int32(n), Int32(k), alpha,
                            a.baseAddress! + block.offset, block.leading, beta, c.baseAddress, Int32(n))
            }
        }
        guard mirrored else { return }
        // The lower triangle of A's order was written; C is symmetric, so C's own order plays no part.
        for i in 0 ..< n {
            for j in 0 ..< i {
                if block.order == .row { c.storage[j * n + i] = c.storage[i * n + j] } else { c.storage[i * n + j] = c.storage[j * n + i] }
            }
        }
    }

    /// AAᵀ, or AᵀA with `.transpose`, as a new matrix in column order.
    public static func syrk(_ operation: Operation, _ a: Matrix, rows: Range<Int>? = nil) -> Matrix {
        let n = operation == .none ? rows?.count ?? a.rows : a.columns
        var c = Matrix(rows: n, columns: n)
        syrk(operation, a, rows: rows, into: &c)
        return c
    }

    // MARK: Shapes

    /// Consecutive rows of a matrix, as BLAS addresses them.
    private struct Block {
        let rows: Int
        let columns: Int
        let order: Matrix.Order
        let offset: Int
        let leading: Int32

        init(_ matrix: Matrix, rows range: Range<Int>?) {
            BLASRuntime.prepare()
            let range = range ?? 0 ..< matrix.rows
            precondition(range.lowerBound >= 0 && range.upperBound <= matrix.rows, "rows \(range) of \(matrix.rows)")
            rows = range.count
            columns = matrix.columns
            order = matrix.order
            offset = order == .row ? range.lowerBound * matrix.columns : range.lowerBound
            leading = Int32(max(1, order == .row ? matrix.columns : matrix.rows))
        }
    }

    /// What remains of y ← α·(an empty product) + βy; BLAS leaves y alone then. As there, β = 0 clears even NaN.
    private static func scale(_ values: inout [Double], _ range: Range<Int>, by beta: Double) {
        for i in range { values[i] = beta == 0 ? 0 : values[i] * beta }
    }

    private static func check(_ count: Int, holds needed: Int, from start: Int?, _ name: StaticString) {
        if let start {
            precondition(start >= 0 && start + needed <= count, "\(name) has \(count) values; \(needed) from \(start) on are needed")
        } else {
            precondition(count == needed, "\(name) has \(count) values, not \(needed)")
        }
    }
}

/// The Cholesky factorisation A = LLᵀ of a symmetric positive definite matrix (LAPACK `dpotrf`).
public struct Cholesky: Sendable {
    /// Rows, and columns, of A.
    public let order: Int
    /// L in the lower triangle, column order; the strict upper triangle holds what A held.
    private let factor: [Double]

    /// Factorises `matrix`, of which only one triangle is read. O(n³ / 3).
    ///
    /// - Returns: nil if `matrix` is not positive definite in double precision, or holds NaN.
    /// - Precondition: `matrix` is square.
    public init?(_ matrix: Matrix) {
        precondition(matrix.rows == matrix.columns, "a Cholesky factor of \(matrix.rows) x \(matrix.columns)")
        let n = matrix.rows
        var factor = matrix.storage
        guard LAPACK.potrf(&factor, order: n) == 0 else { return nil }
        // OpenBLAS compares pivots with `<= 0`, which lets NaN and infinity pass.
        for i in 0 ..< n {
            let pivot = factor[i * n + i]
            guard pivot > 0, pivot.isFinite else { return nil }
        }
        order = n
        self.factor = factor
    }

    /// The solution of A x = b. O(n²).
    public func solve(_ b: [Double]) -> [Double] {
        precondition(b.count == order, "a right-hand side of \(b.count) for order \(order)")
        var x = b
        LAPACK.potrs(factor, order: order, &x, columns: 1)
        return x
    }

    /// The solution of A X = B, in column order. O(n² · columns).
    public func solve(_ b: Matrix) -> Matrix {
        precondition(b.rows == order, "a right-hand side with \(b.rows) rows for order \(order)")
        var x = b.reordered(.column).storage
        LAPACK.potrs(factor, order: order, &x, columns: b.columns)
        return Matrix(rows: order, columns: b.columns, order: .column, storage: x)
    }

    /// A⁻¹, both triangles, in column order. O(n³).
    public func inverse() -> Matrix {
        var inverse = factor
        let info = LAPACK.potri(&inverse, order: order)
        precondition(info == 0, "the factor has positive pivots")
        for j in 0 ..< order {
            for i in 0 ..< j { inverse[i + j * order] = inverse[j + i * order] }
        }
        return Matrix(rows: order, columns: order, order: .column, storage: inverse)
    }

    /// L, lower triangular, in column order: a standard normal vector times L has covariance A.
    public var lower: Matrix {
        var lower = Matrix(rows: order, columns: order, order: .column, storage: factor)
        for j in 0 ..< order {
            for i in 0 ..< j { lower[i, j] = 0 }
        }
        return lower
    }
}

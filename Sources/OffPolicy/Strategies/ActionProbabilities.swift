import LinearAlgebra

/// What a strategy would do with each deal.
public struct ActionProbabilities: Sendable {
    /// The columns of `matrix`, none twice.
    public let actions: [String]
    /// deals x actions, column order; every row sums to 1.
    public let matrix: Matrix

    /// - Precondition: one column an action.
    public init(actions: [String], matrix: Matrix) {
        precondition(matrix.columns == actions.count && matrix.order == .column)
        self.actions = actions
        self.matrix = matrix
    }

    /// The same with the columns of `others` first, in their order, then those actions that only the strategy knows.
    package func aligned(to others: [String]) -> ActionProbabilities {
        if actions.starts(with: others) { return self }
        let known = Set(others)
        let all = others + actions.filter { !known.contains($0) }
        let indexByAction = Dictionary(uniqueKeysWithValues: actions.enumerated().map { ($1, $0) })
        var storage: [Double] = []
        storage.reserveCapacity(all.count * matrix.rows)
        for action in all {
            if let index = indexByAction[action] {
                storage += matrix.storage[index * matrix.rows ..< (index + 1) * matrix.rows]
            } else {
                storage += repeatElement(0, count: matrix.rows)
            }
        }
        return ActionProbabilities(actions: all, matrix: Matrix(rows: matrix.rows, columns: all.count, order: .column, storage: storage))
    }
}

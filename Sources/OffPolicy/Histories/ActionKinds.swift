import LinearAlgebra

/// The kind e of each deal's action, such as its discount band or channel: the embedding that `mips` works on.
///
/// An action may be of several kinds from deal to deal; p(e|a) is then the share of its deals. What an action is like in deals
/// where it was not taken is assumed to follow these shares, whatever the context.
public struct ActionKinds: Sendable {
    /// The kind of each deal, 0 ..< count.
    public let codes: [Int32]
    public let count: Int
    /// p(e|a), actions x kinds, row order.
    private let shares: [Double]

    init(codes: [Int32], count: Int, actionOf: [Int32], actionCount: Int) {
        self.codes = codes
        self.count = count
        var counts = Array(repeating: 0.0, count: actionCount * count)
        var totals = Array(repeating: 0.0, count: actionCount)
        for i in codes.indices {
            counts[Int(actionOf[i]) * count + Int(codes[i])] += 1
            totals[Int(actionOf[i])] += 1
        }
        for i in counts.indices { counts[i] /= max(1, totals[i / count]) }
        shares = counts
    }

    /// w(x, e) = Σ_a π_e(a|x) p(e|a) / Σ_a π_b(a|x) p(e|a), one a deal. O(deals · actions).
    /// - Parameters:
    ///   - probabilities: π_e, deals x the history's actions first, column order. Of others no deal tells the kind.
    ///   - logged: π_b of an action in a deal.
    func weights(_ probabilities: Matrix, logged: (_ action: Int, _ deal: Int) -> Double) -> [Double] {
        let actionCount = shares.count / count
        return codes.indices.map { deal in
            var chosen = 0.0
            var done = 0.0
            for action in 0 ..< actionCount {
                let share = shares[action * count + Int(codes[deal])]
                guard share > 0 else { continue }
                chosen += probabilities.storage[action * probabilities.rows + deal] * share
                done += logged(action, deal) * share
            }
            return chosen / done
        }
    }
}

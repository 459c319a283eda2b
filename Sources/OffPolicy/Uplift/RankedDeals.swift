/// Deals in the order of a score, best first; deals of one score share their places.
package struct RankedDeals: Sendable {
    /// Deal numbers: highest score first, missing scores last, ties in the order of the deals.
    package let order: [Int32]
    /// Where each group of equal scores begins in `order`; one more at the end.
    package let starts: [Int]
    /// Deals without a score.
    package let missing: Int

    /// O(deals).
    package init(scores: [Double]) {
        let sorted = RankOrder.descending(scores)
        order = sorted.map(Int32.init)
        missing = scores.count { $0.isNaN }
        var starts: [Int] = []
        for place in sorted.indices {
            let (a, b) = (place > 0 ? scores[sorted[place - 1]] : 0, scores[sorted[place]])
            if place == 0 || (a != b && !(a.isNaN && b.isNaN)) { starts.append(place) }
        }
        self.starts = starts + [sorted.count]
    }

    var groups: Int { starts.count - 1 }
}

/// Isotonic regression by pooling adjacent violators.
enum IsotonicRegression {
    /// A run of neighbouring observations that share one fitted value, sum / weight.
    struct Block {
        /// Index of the run's first observation.
        var first: Int
        var weight: Double
        /// Weighted sum of the observed values.
        var sum: Double
        var value: Double { sum / weight }
    }

    /// The increasing step function nearest to the observations in weighted least squares (for 0/1 values also the one of
    /// largest likelihood). Values of the blocks increase strictly.
    ///
    /// Equal means are recognised by cross products, which are exact for counts below 2^26.
    /// O(count). Barlow, Bartholomew, Bremner, Brunk, Statistical Inference under Order Restrictions, 1972.
    /// - Parameter observation: weight (positive) and weighted value of observation i.
    static func fit(count: Int, observation: (Int) -> (weight: Double, sum: Double)) -> [Block] {
        var blocks: [Block] = []
        for i in 0 ..< count {
            let (weight, sum) = observation(i)
            var block = Block(first: i, weight: weight, sum: sum)
            while let previous = blocks.last, previous.sum * block.weight >= block.sum * previous.weight {
                block = Block(first: previous.first, weight: previous.weight + block.weight, sum: previous.sum + block.sum)
                blocks.removeLast()
            }
            blocks.append(block)
        }
        return blocks
    }
}

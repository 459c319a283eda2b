import LinearAlgebra

/// What one more unit of budget earns where the budget ends: the local mean of gain per cost along a group's path.
///
/// A weighted least-squares line of gain per cost on the cost already spent, over the steps within a window about the end of the
/// budget, read at that end; weights are the steps' costs. The window is m^(−1/5) of all that could be spent, m steps, half on
/// either side (the rate of local regression: Fan and Gijbels, Local Polynomial Modelling and Its Applications, 1996).
struct ShadowPrice: Sendable {
    let value: Double
    /// The steps that it rests on, and by how much it moves with the gain per cost of each, times how far that strays from the line.
    let influences: [(deal: Int32, value: Double)]

    /// - Parameters:
    ///   - gain: of a step, by doubly robust scores.
    /// - Precondition: the group has steps.
    init(_ group: AllocationPath.Group, budget: Double, gain: (AllocationPath.Step) -> Double) {
        let total = group.spent.last!
        let end = min(budget * Double(group.deals), total)
        let half = total * Portable.exp(-0.2 * Portable.log(Double(group.steps.count))) / 2
        // Runs of equal priority lie at one place: their middle.
        var places: [(deal: Int32, x: Double, y: Double, weight: Double)] = []
        for (index, start) in group.runs.dropLast().enumerated() {
            let middle = (group.spent[index] + group.spent[index + 1]) / 2
            let touches = group.spent[index + 1] >= end - half && group.spent[index] <= end + half
            guard touches else { continue }
            for place in start ..< group.runs[index + 1] {
                let step = group.steps[place]
                places.append((step.deal, middle - end, gain(step) / step.cost, step.cost))
            }
        }
        var (s0, s1, s2) = (0.0, 0.0, 0.0)
        for place in places {
            s0 += place.weight
            s1 += place.weight * place.x
            s2 += place.weight * place.x * place.x
        }
        // One place alone has no slope.
        let determinant = s0 * s2 - s1 * s1
        let isFlat = determinant <= 1e-9 * s0 * s2
        let leverages = places.map { isFlat ? $0.weight / s0 : $0.weight * (s2 - s1 * $0.x) / determinant }
        var value = 0.0
        var slope = 0.0
        for (place, leverage) in zip(places, leverages) {
            value += leverage * place.y
            if !isFlat { slope += place.weight * (s0 * place.x - s1) / determinant * place.y }
        }
        self.value = value
        influences = zip(places, leverages).map { ($0.deal, $1 * ($0.y - value - slope * $0.x)) }
    }
}

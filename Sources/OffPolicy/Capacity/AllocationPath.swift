/// The order in which a budget is spent: steps that give a deal a dearer action, most worthwhile first, group by group.
package struct AllocationPath: Sendable {
    package struct Step: Sendable {
        package let deal: Int32
        package let from: Int32
        package let to: Int32
        /// Above 0.
        package let cost: Double
        /// What it is ranked by; NaN ranks last.
        let priority: Double
    }

    /// A group of deals with a budget of its own, such as a team or a week; its limit is the budget a deal times its deals.
    struct Group: Sendable {
        let deals: Int
        let steps: [Step]
        /// Where each run of equal priorities begins; one more at the end.
        let runs: [Int]
        /// Cost of all steps before each run; one more at the end.
        let spent: [Double]

        init(deals: Int, steps: [Step]) {
            self.deals = deals
            let order = RankOrder.descending(steps.map(\.priority))
            self.steps = order.map { steps[$0] }
            var runs: [Int] = []
            var spent: [Double] = []
            var sum = 0.0
            for (place, step) in self.steps.enumerated() {
                let before = place > 0 ? self.steps[place - 1].priority : 0
                if place == 0 || (before != step.priority && !(before.isNaN && step.priority.isNaN)) {
                    runs.append(place)
                    spent.append(sum)
                }
                sum += step.cost
            }
            self.runs = runs + [steps.count]
            self.spent = spent + [sum]
        }

        /// How far a budget reaches: the runs that it pays in full, and the share of the next that it pays; nil where it pays for all.
        func reach(_ budget: Double) -> (run: Int, share: Double)? {
            let limit = budget * Double(deals)
            guard limit < spent.last! else { return nil }
            // The last run that begins within the limit.
            var low = 0, high = runs.count - 2
            while low < high {
                let middle = (low + high + 1) / 2
                if spent[middle] <= limit { low = middle } else { high = middle - 1 }
            }
            return (low, (limit - spent[low]) / (spent[low + 1] - spent[low]))
        }
    }

    /// What each deal gets before anything is spent on it.
    package let base: [Int32]
    let groups: [Group]
    /// The group of each deal.
    let groupOf: [Int32]

    private init(base: [Int32], groupOf: [Int32], groupCount: Int, steps: [Step]) {
        self.base = base
        self.groupOf = groupOf
        var sizes = Array(repeating: 0, count: groupCount)
        for group in groupOf { sizes[Int(group)] += 1 }
        var byGroup = Array(repeating: [Step](), count: groupCount)
        for step in steps { byGroup[Int(groupOf[Int(step.deal)])].append(step) }
        groups = zip(sizes, byGroup).map { Group(deals: $0, steps: $1) }
    }

    /// One action for the deals of the highest scores, another for the rest; every deal that gets it costs 1.
    package static func ranked(_ scores: [Double], action: Int, otherwise: Int, groupOf: [Int32], groupCount: Int) -> AllocationPath {
        let steps = scores.enumerated().map { Step(deal: Int32($0), from: Int32(otherwise), to: Int32(action), cost: 1, priority: $1) }
        return AllocationPath(base: Array(repeating: Int32(otherwise), count: scores.count), groupOf: groupOf, groupCount: groupCount, steps: steps)
    }

    /// Several actions of different costs by their predicted rewards: for each deal the upper hull of (cost, reward) from its cheapest action
    /// up to its best, whose steps yield less and less for their cost; then all steps by what they yield. The fractional solution of
    /// the multiple-choice knapsack problem (Sinha and Zoltners, Operations Research 27(3), 1979), evaluated as by Sverdrup, Wu, Athey and Wager
    /// (Qini curves for multi-armed treatment rules, arXiv:2306.11979). O(deals · actions² + steps).
    package static func hulls(_ predictions: [[Double]], costs: [Double], groupOf: [Int32], groupCount: Int) -> AllocationPath {
        let cheapest = costs.min()!
        let free = costs.indices.filter { costs[$0] == cheapest }
        var base: [Int32] = []
        var steps: [Step] = []
        for deal in groupOf.indices {
            var current = free.max { predictions[$0][deal] < predictions[$1][deal] }!
            base.append(Int32(current))
            while true {
                // The steepest way up; of equally steep ones the longest.
                var best: (action: Int, slope: Double)?
                for action in costs.indices where costs[action] > costs[current] {
                    let slope = (predictions[action][deal] - predictions[current][deal]) / (costs[action] - costs[current])
                    guard slope > 0 else { continue }
                    if let found = best, slope < found.slope || (slope == found.slope && costs[action] <= costs[found.action]) { continue }
                    best = (action, slope)
                }
                guard let (action, slope) = best else { break }
                steps.append(Step(deal: Int32(deal), from: Int32(current), to: Int32(action), cost: costs[action] - costs[current], priority: slope))
                current = action
            }
        }
        return AllocationPath(base: base, groupOf: groupOf, groupCount: groupCount, steps: steps)
    }

    /// The most that can be spent, a deal.
    package var longest: Double { groups.reduce(0) { $0 + $1.spent.last! } / Double(groupOf.count) }

    /// How much of each step a budget pays, by group; 0 for those beyond it.
    package func forEachPaid(_ budget: Double, _ body: (Step, _ share: Double) -> Void) {
        for group in groups {
            let reach = group.reach(budget)
            for (index, start) in group.runs.dropLast().enumerated() {
                let share = reach.map { index < $0.run ? 1 : index == $0.run ? $0.share : 0 } ?? 1
                guard share > 0 else { break }
                for place in start ..< group.runs[index + 1] { body(group.steps[place], share) }
            }
        }
    }
}

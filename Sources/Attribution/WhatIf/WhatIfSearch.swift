/// Exact best-first search for the cheapest change (A*; Hart, Nilsson, Raphael 1968).
///
/// A node sets the first levers and leaves the others open: a box of cells. Two limits of the box decide about it: the largest margin
/// in it, below which it is dropped; and the least cost at which it can reach the goal, by which it is ordered. The latter is Lagrange's:
/// margin - λ · cost of a box is at most L, so the margin m costs at least (m - L) / λ. Ways to set all levers are scored by the model
/// itself before they count. The first to come up again, with no open box that could cost as little, is the optimum.
struct WhatIfSearch {
    struct Node {
        /// No way to reach the goal within costs less; the cost itself once all levers are set.
        var key: Int
        var cost = 0
        var cells = SIMD8<UInt16>.zero
        var depth: UInt8 = 0
        /// Scored by the model, and reaches the goal.
        var isVerified = false
        /// Limits of the margin, and of the margin - λ · cost.
        var margin: Double
        var penalised: Double
    }

    /// Nodes that may wait at once: some 400 MB.
    static let queueLimit = 5_000_000

    let problem: WhatIfProblem
    private let limits: WhatIfLimits
    private let deadline: ContinuousClock.Instant?
    private let margins: PenalisedBound
    private var penalised: PenalisedBound?
    private(set) var nodes = 0
    /// The cheapest way found so far that reaches the goal, proven or not.
    private(set) var incumbent: SIMD8<UInt16>?

    init(_ problem: WhatIfProblem, limits: WhatIfLimits, deadline: ContinuousClock.Instant?) {
        self.problem = problem
        self.limits = limits
        self.deadline = deadline
        margins = PenalisedBound(problem.plan, penalty: 0)
        if margins.root >= problem.required, problem.required > -.infinity { choosePenalty() }
    }

    private func isReached(_ cells: SIMD8<UInt16>) -> Bool { problem.goal.isReached(by: problem.rawMargin(cells), problem.solver.model) }

    /// Along the hull of cost against margin: from the line between a cheap way that falls short and one that reaches the goal, the way
    /// farthest above the line takes the place of one of them, until none is above. Its slope gives the best limit of cost.
    private mutating func choosePenalty() {
        func point(_ cells: SIMD8<UInt16>) -> (cost: Double, margin: Double) { (Double(problem.key(cells)), problem.goal.sign * problem.rawMargin(cells)) }
        var short = point(.zero)
        let highest = problem.greedy(margins)
        var reaching = point(highest)
        if isReached(highest) { incumbent = highest }
        var bestLimit = -Double.infinity
        for _ in 0 ..< 8 {
            guard reaching.cost > short.cost, reaching.margin > short.margin else { return }
            let slope = (reaching.margin - short.margin) / (reaching.cost - short.cost)
            let bound = PenalisedBound(problem.plan, penalty: slope)
            let limit = (problem.required - bound.root) / slope
            if limit > bestLimit { (bestLimit, penalised) = (limit, bound) }
            let cells = problem.greedy(bound)
            let next = point(cells)
            let onLine = short.margin - slope * short.cost
            guard next.margin - slope * next.cost > onLine + 1e-9 * (1 + abs(onLine)) else { return }
            if isReached(cells) {
                reaching = next
                if incumbent.map({ problem.key($0) > problem.key(cells) }) ?? true { incumbent = cells }
            } else {
                short = next
            }
        }
    }

    /// The cheapest ways, none of whose sets of levers contains an earlier one's; up to `count`.
    /// - Returns: whether the search came to its end, and if not, the least cost (as a key) that an open box may have.
    mutating func run(count: Int) -> (found: [SIMD8<UInt16>], isComplete: Bool, bound: Int) {
        var found: [SIMD8<UInt16>] = []
        guard margins.root >= problem.required else { return (found, true, .max) }
        let order: (Node, Node) -> Bool = { [problem] a, b in
            if a.key != b.key { return a.key < b.key }
            if a.isVerified != b.isVerified { return b.isVerified }
            if a.isVerified { return problem.precedes(a.cells, b.cells) }
            return a.depth > b.depth
        }
        var queue = BinaryHeap<Node>(order)
        queue.insert(Node(key: 0, margin: margins.root, penalised: penalised?.root ?? 0))
        var changes: [Double] = []
        var penalisedChanges: [Double] = []
        while let node = queue.removeFirst() {
            if containsFound(node.cells, found) { continue }
            if node.isVerified {
                found.append(node.cells)
                if found.count == count { return (found, true, .max) }
                continue
            }
            nodes += 1
            if isOver(queue.count) { return (found, false, node.key) }
            let lever = Int(node.depth)
            if lever == problem.levers.count {
                guard isReached(node.cells) else { continue }
                if incumbent.map({ problem.key($0) > node.cost }) ?? true { incumbent = node.cells }
                var verified = node
                (verified.isVerified, verified.key) = (true, node.cost)
                queue.insert(verified)
                continue
            }
            margins.changes(problem.plan, lever: lever, cells: node.cells, into: &changes)
            penalised?.changes(problem.plan, lever: lever, cells: node.cells, into: &penalisedChanges)
            // One way alone is asked for: what must cost more than one that is known need not wait.
            let ceiling = count == 1 ? incumbent.map(problem.key) ?? .max : .max
            for cell in changes.indices {
                var child = node
                child.margin += changes[cell]
                guard child.margin >= problem.required else { continue }
                child.cells[lever] = UInt16(cell)
                child.depth += 1
                child.cost += problem.levers[lever].costs[cell]
                child.key = max(child.key, child.cost)
                if let penalised {
                    child.penalised += penalisedChanges[cell]
                    child.key = max(child.key, leastKey(child.penalised, penalised.penalty))
                }
                child.key = problem.scale.attainable(from: child.key)
                if child.key <= ceiling, child.key < .max { queue.insert(child) }
            }
        }
        return (found, true, .max)
    }

    /// The least cost at which margin - penalty · cost ≤ limit allows the goal, rounded down by more than rounding errors could add.
    private func leastKey(_ limit: Double, _ penalty: Double) -> Int {
        let least = ((problem.required - limit) / penalty * (1 - 1e-9) - 1).rounded(.up)
        return least > 0 ? Int(min(least, 0x1p60)) : 0
    }

    /// The levers changed contain all that an earlier way changes.
    private func containsFound(_ cells: SIMD8<UInt16>, _ found: [SIMD8<UInt16>]) -> Bool {
        found.contains { earlier in problem.levers.indices.allSatisfy { earlier[$0] == 0 || cells[$0] != 0 } }
    }

    private func isOver(_ waiting: Int) -> Bool {
        if let most = limits.nodes, nodes > most { return true }
        if waiting > Self.queueLimit { return true }
        guard let deadline, nodes & 255 == 0 else { return false }
        return ContinuousClock.now >= deadline
    }

    /// The way with the largest margin, the cheapest of equals: where the goal is out of reach, how near it comes.
    /// - Returns: the best found, and whether it is proven best.
    mutating func closest() -> (cells: SIMD8<UInt16>, isProven: Bool) {
        var queue = BinaryHeap<Node> { a, b in (b.margin, a.cost, b.depth) < (a.margin, b.cost, a.depth) }
        queue.insert(Node(key: 0, margin: margins.root, penalised: 0))
        var changes: [Double] = []
        while let node = queue.removeFirst() {
            let lever = Int(node.depth)
            if lever == problem.levers.count { return (node.cells, true) }
            nodes += 1
            if isOver(queue.count) { break }
            margins.changes(problem.plan, lever: lever, cells: node.cells, into: &changes)
            for cell in changes.indices {
                var child = node
                child.margin += changes[cell]
                child.cells[lever] = UInt16(cell)
                child.depth += 1
                child.cost += problem.levers[lever].costs[cell]
                queue.insert(child)
            }
        }
        return (problem.greedy(margins), false)
    }
}

/// A queue that gives the first element by `precedes`; the same order for the same insertions.
struct BinaryHeap<Element> {
    private var elements: [Element] = []
    private let precedes: (Element, Element) -> Bool

    init(_ precedes: @escaping (Element, Element) -> Bool) { self.precedes = precedes }

    var count: Int { elements.count }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(elements[child], elements[parent]) else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() -> Element? {
        guard let first = elements.first else { return nil }
        let last = elements.removeLast()
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < elements.count else { return first }
            if child + 1 < elements.count, precedes(elements[child + 1], elements[child]) { child += 1 }
            guard precedes(elements[child], elements[parent]) else { return first }
            elements.swapAt(child, parent)
            parent = child
        }
    }
}

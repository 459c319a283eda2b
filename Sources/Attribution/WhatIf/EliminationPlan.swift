/// Mini-bucket elimination (Dechter and Rish, J. ACM 50, 2003): upper limits of a sum of factors over the levers not yet set.
///
/// Levers are eliminated from the last to the first. The functions whose last lever is the one at hand are added up in joint tables
/// of bounded size; the maximum over the lever is a message, itself a function of earlier levers. With one table a lever the limits
/// are exact; with several they stay above the truth, since each takes its own maximum.
struct EliminationPlan {
    struct Bucket {
        let shape: FactorShape
        /// The sum of the factors in it.
        let values: [Double]
        /// Messages that are added: which bucket's, and for each entry the message's.
        let incoming: [(bucket: Int, offsets: [Int32])]
        /// The cheapest cell of each class of the lever, where the bucket bears the lever's cost; else empty.
        let leastCosts: [Double]
        /// Entries from one class of an earlier lever to the next, in rows of the last lever's classes.
        let rowStrides: [Int]
        var lever: Int { shape.scope.last! }
        var width: Int { shape.counts.last! }
    }

    let levers: [LeverCells]
    let constant: Double
    /// In the order of elimination, so that messages come before who reads them.
    private(set) var buckets: [Bucket] = []
    private(set) var bucketsByLever: [[Int]]
    /// Buckets whose messages are constants.
    private(set) var finalBuckets: [Int] = []
    /// Costs by lever and cell, as numbers to compute with.
    let costs: [[Double]]

    init(levers: [LeverCells], constant: Double, factors: [LeverFactor], limit: Int) {
        self.levers = levers
        self.constant = constant
        costs = levers.map { $0.costs.map(Double.init) }
        bucketsByLever = Array(repeating: [], count: levers.count)
        var factorsByLever = [[LeverFactor]](repeating: [], count: levers.count)
        for factor in factors { factorsByLever[factor.scope.last!].append(factor) }
        var messagesByLever = [[(bucket: Int, shape: FactorShape)]](repeating: [], count: levers.count)
        for lever in levers.indices.reversed() {
            for group in Self.groups(factorsByLever[lever], messagesByLever[lever], lever: lever, cells: levers[lever].values.count, limit: limit) {
                let number = buckets.count
                let bearsCost = bucketsByLever[lever].isEmpty
                buckets.append(bucket(group, lever: lever, bearsCost: bearsCost))
                bucketsByLever[lever].append(number)
                let message = FactorShape(scope: group.shape.scope.dropLast(), classes: group.shape.classes.dropLast(), counts: group.shape.counts.dropLast())
                if let last = message.scope.last { messagesByLever[last].append((number, message)) } else { finalBuckets.append(number) }
            }
        }
    }

    private struct Group {
        var shape: FactorShape
        var factors: [LeverFactor] = []
        var messages: [(bucket: Int, shape: FactorShape)] = []
    }

    /// Largest first, each into the first group that it fits.
    private static func groups(_ factors: [LeverFactor], _ messages: [(bucket: Int, shape: FactorShape)], lever: Int, cells: Int, limit: Int) -> [Group] {
        let shapes = factors.map(\.shape) + messages.map(\.shape)
        let sizes = shapes.map(\.size)
        var groups: [Group] = []
        for index in shapes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
            var chosen = groups.count
            for candidate in groups.indices {
                let joint = groups[candidate].shape.joined(shapes[index])
                guard joint.size <= limit else { continue }
                groups[candidate].shape = joint
                chosen = candidate
                break
            }
            if chosen == groups.count { groups.append(Group(shape: shapes[index])) }
            if index < factors.count { groups[chosen].factors.append(factors[index]) } else { groups[chosen].messages.append(messages[index - factors.count]) }
        }
        if groups.isEmpty {
            groups.append(Group(shape: FactorShape(scope: [lever], classes: [[Int32](repeating: 0, count: cells)], counts: [1])))
        }
        return groups
    }

    private func bucket(_ group: Group, lever: Int, bearsCost: Bool) -> Bucket {
        let shape = group.shape
        var least: [Double] = []
        if bearsCost {
            least = Array(repeating: .infinity, count: shape.counts.last!)
            for (cell, type) in shape.classes.last!.enumerated() { least[Int(type)] = min(least[Int(type)], costs[lever][cell]) }
        }
        var strides = [Int](repeating: 0, count: shape.scope.count - 1)
        var stride = 1
        for index in strides.indices.reversed() {
            strides[index] = stride
            stride *= shape.counts[index]
        }
        return Bucket(shape: shape, values: LeverFactor.sum(group.factors, shape: shape).values,
                      incoming: group.messages.map { ($0.bucket, shape.offsets(in: $0.shape)) }, leastCosts: least, rowStrides: strides)
    }
}

/// The plan carried out for margin - penalty · cost.
struct PenalisedBound {
    let penalty: Double
    private(set) var tables: [[Double]] = []
    private(set) var messages: [[Double]] = []
    /// With no lever set.
    private(set) var root: Double

    init(_ plan: EliminationPlan, penalty: Double) {
        self.penalty = penalty
        for bucket in plan.buckets {
            var table = bucket.values
            for (source, offsets) in bucket.incoming {
                for index in table.indices { table[index] += messages[source][Int(offsets[index])] }
            }
            let width = bucket.width
            var message: [Double] = []
            message.reserveCapacity(table.count / width)
            for row in stride(from: 0, to: table.count, by: width) {
                var largest = -Double.infinity
                for type in 0 ..< width {
                    if penalty > 0, !bucket.leastCosts.isEmpty { table[row + type] -= penalty * bucket.leastCosts[type] }
                    largest = max(largest, table[row + type])
                }
                message.append(largest)
            }
            tables.append(table)
            messages.append(message)
        }
        root = plan.constant
        for bucket in plan.finalBuckets { root += messages[bucket][0] }
    }

    /// What setting the next lever to each of its cells takes off the limit; added to `changes`, one entry a cell.
    /// - Parameter cells: of the levers before it.
    func changes(_ plan: EliminationPlan, lever: Int, cells: SIMD8<UInt16>, into changes: inout [Double]) {
        let count = plan.levers[lever].values.count
        changes.removeAll(keepingCapacity: true)
        for _ in 0 ..< count { changes.append(0) }
        for number in plan.bucketsByLever[lever] {
            let bucket = plan.buckets[number]
            var row = 0
            for (index, stride) in bucket.rowStrides.enumerated() {
                row += Int(bucket.shape.classes[index][Int(cells[bucket.shape.scope[index]])]) * stride
            }
            let message = messages[number][row]
            let first = row * bucket.width
            let classes = bucket.shape.classes[bucket.shape.scope.count - 1]
            for cell in 0 ..< count { changes[cell] += tables[number][first + Int(classes[cell])] - message }
            guard penalty > 0, !bucket.leastCosts.isEmpty else { continue }
            for cell in 0 ..< count { changes[cell] -= penalty * (plan.costs[lever][cell] - bucket.leastCosts[Int(classes[cell])]) }
        }
    }
}

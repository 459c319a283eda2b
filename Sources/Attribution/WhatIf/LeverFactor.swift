import Models

/// A function of some levers: a table over classes of their cells. A sum of factors is the margin of a row as its levers vary.
///
/// Levers go by their place in the order of the search. The last lever of the scope is the innermost of the table.
struct LeverFactor {
    /// Rising.
    var scope: [Int]
    /// For each lever of the scope, the class of each of its cells; classes are numbered from 0 as they first occur.
    var classes: [[Int32]]
    var counts: [Int]
    var values: [Double]

    var size: Int { counts.reduce(1, *) }
}

/// The classes of a joint table: cells are told apart if any of the factors in it tells them apart.
struct FactorShape {
    var scope: [Int]
    var classes: [[Int32]]
    var counts: [Int]

    var size: Int { counts.reduce(1) { $0 > 1 << 40 ? $0 : $0 * $1 } }

    /// This shape refined by another's.
    func joined(_ other: FactorShape) -> FactorShape {
        var result = FactorShape(scope: [], classes: [], counts: [])
        for lever in Set(scope).union(other.scope).sorted() {
            result.scope.append(lever)
            switch (scope.firstIndex(of: lever), other.scope.firstIndex(of: lever)) {
            case (let mine?, let theirs?):
                let (refined, count) = Self.refine(classes[mine], by: other.classes[theirs], count: other.counts[theirs])
                result.classes.append(refined)
                result.counts.append(count)
            case (let mine?, nil):
                result.classes.append(classes[mine])
                result.counts.append(counts[mine])
            case (nil, let theirs?):
                result.classes.append(other.classes[theirs])
                result.counts.append(other.counts[theirs])
            case (nil, nil): preconditionFailure("a lever of neither scope")
            }
        }
        return result
    }

    static func refine(_ a: [Int32], by b: [Int32], count: Int) -> (classes: [Int32], count: Int) {
        let width = Int32(count)
        var number = [Int32](repeating: -1, count: (Int(a.max() ?? 0) + 1) * count)
        var next: Int32 = 0
        var result = a
        for cell in a.indices {
            let pair = Int(a[cell] * width + b[cell])
            if number[pair] < 0 {
                number[pair] = next
                next += 1
            }
            result[cell] = number[pair]
        }
        return (result, Int(next))
    }

    /// For each entry of a table of this shape, its entry in a table of `part`, whose scope lies in this one's and whose classes this refines.
    func offsets(in part: FactorShape) -> [Int32] {
        var stride = 1
        var strides = [Int](repeating: 0, count: part.scope.count)
        for index in part.scope.indices.reversed() {
            strides[index] = stride
            stride *= part.counts[index]
        }
        var result: [Int32] = [0]
        for (index, lever) in scope.enumerated() {
            var steps = [Int32](repeating: 0, count: counts[index])
            if let place = part.scope.firstIndex(of: lever) {
                for (cell, mine) in classes[index].enumerated() { steps[Int(mine)] = part.classes[place][cell] * Int32(strides[place]) }
            }
            var next: [Int32] = []
            next.reserveCapacity(result.count * steps.count)
            for offset in result { for step in steps { next.append(offset &+ step) } }
            result = next
        }
        return result
    }
}

extension LeverFactor {
    var shape: FactorShape { FactorShape(scope: scope, classes: classes, counts: counts) }

    /// The sum of factors as one table.
    static func sum(_ parts: [LeverFactor], shape: FactorShape) -> LeverFactor {
        var values = [Double](repeating: 0, count: shape.size)
        for part in parts {
            let offsets = shape.offsets(in: part.shape)
            for index in values.indices { values[index] += part.values[Int(offsets[index])] }
        }
        return LeverFactor(scope: shape.scope, classes: shape.classes, counts: shape.counts, values: values)
    }

    /// Factors of one scope put together where the joint table keeps within `limit`.
    static func merged(_ factors: [LeverFactor], limit: Int) -> [LeverFactor] {
        var order: [[Int]] = []
        var groups: [[Int]: [(parts: [LeverFactor], shape: FactorShape)]] = [:]
        for factor in factors {
            if groups[factor.scope] == nil { order.append(factor.scope) }
            var open = groups[factor.scope, default: []]
            if let last = open.last {
                let joint = last.shape.joined(factor.shape)
                if joint.size <= limit {
                    open[open.count - 1] = (last.parts + [factor], joint)
                    groups[factor.scope] = open
                    continue
                }
            }
            open.append(([factor], factor.shape))
            groups[factor.scope] = open
        }
        return order.flatMap { scope in groups[scope]!.map { $0.parts.count == 1 ? $0.parts[0] : sum($0.parts, shape: $0.shape) } }
    }
}

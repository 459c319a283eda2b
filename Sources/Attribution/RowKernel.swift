import LinearAlgebra
import Models

/// `TreePlan` applied to one row: where `TreeKernel` holds 16 rows in a vector, this holds the quadrature nodes of a pass, so that a
/// few rows cost a fraction of a block. The same operations in the same order, so the same bits.
///
/// The file is on the list of those that may hold unsafe code, for the reasons given at `TreeKernel`.
struct RowKernel {
    /// Lanes beyond the pass's width hold 0 for reach and something for value; they are not added up.
    fileprivate typealias Points = SIMD8<Double>

    private let plan: TreePlan
    private var patterns: [Signs]
    private var slots: [SIMD8<Double>]
    private var answers: [Bool]
    private var consistent: [Bool]
    /// Contributions by player.
    private(set) var sums: [Double]

    init(_ plan: TreePlan, playerCount: Int) {
        self.plan = plan
        patterns = Array(repeating: .zero, count: plan.columns.count)
        slots = Array(repeating: .zero, count: plan.slotCount)
        answers = Array(repeating: false, count: plan.depthCount)
        consistent = answers
        sums = Array(repeating: 0, count: playerCount)
    }

    /// Computes `sums` for a row of `features`.
    mutating func run(_ features: Matrix, row: Int) {
        plan.columns.load(features, first: row, count: 1, into: &patterns, at: 0)
        for i in 0 ..< sums.count { sums[i] = 0 }
        let plan = self.plan
        patterns.withUnsafeBufferPointer { patterns in
            slots.withUnsafeMutableBufferPointer { slots in
                answers.withUnsafeMutableBufferPointer { answers in
                    consistent.withUnsafeMutableBufferPointer { consistent in
                        sums.withUnsafeMutableBufferPointer { sums in
                            plan.nodes.withUnsafeBufferPointer { nodes in
                                plan.constants.withUnsafeBufferPointer { constants in
                                    for pass in plan.passes {
                                        let walk = RowWalk(plan: plan, nodes: nodes.baseAddress! + pass.firstNode, constants: constants.baseAddress! + pass.constants,
                                                           slots: slots.baseAddress!, answers: answers.baseAddress!, consistent: consistent.baseAddress!,
                                                           patterns: patterns.baseAddress!, sums: sums.baseAddress!)
                                        switch pass.width {
                                        case 1: walk.run(pass, Width<1>.self)
                                        case 2: walk.run(pass, Width<2>.self)
                                        case 3: walk.run(pass, Width<3>.self)
                                        case 4: walk.run(pass, Width<4>.self)
                                        case 5: walk.run(pass, Width<5>.self)
                                        case 6: walk.run(pass, Width<6>.self)
                                        case 7: walk.run(pass, Width<7>.self)
                                        case 8: walk.run(pass, Width<8>.self)
                                        default: preconditionFailure("a pass is at most \(TreePlan.widestPass) wide")
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The width of a pass, known when the kernel is compiled.
private enum Width<let count: Int> {
    /// Lane by lane, as `TreeKernel` adds up quadrature nodes.
    @inline(__always)
    static func sum(_ points: SIMD8<Double>) -> Double {
        var total = 0.0
        for k in 0 ..< count { total += points[k] }
        return total
    }
}

private struct RowWalk {
    typealias Points = SIMD8<Double>
    typealias Node = UnsafePointer<TreePlan.Node>

    let plan: TreePlan
    let nodes: Node
    let constants: UnsafePointer<Double>
    let slots: UnsafeMutablePointer<Points>
    let answers: UnsafeMutablePointer<Bool>
    let consistent: UnsafeMutablePointer<Bool>
    /// The row is the first lane.
    let patterns: UnsafePointer<Signs>
    let sums: UnsafeMutablePointer<Double>

    func run<let width: Int>(_ pass: TreePlan.Pass, _: Width<width>.Type) {
        var weights = Points.zero
        for k in 0 ..< width { weights[k] = plan.weights[pass.weights + k] }
        slots[0] = weights
        let operations = plan.operations.span
        for index in pass.operations {
            let operation = operations[index]
            let node = nodes + Int(operation.node), constants = constants + 3 * width * Int(operation.node)
            if operation.repeated {
                apply(operation.kind, node, constants, Repeated.self, Width<width>.self)
            } else {
                apply(operation.kind, node, constants, Fresh.self, Width<width>.self)
            }
        }
    }

    @inline(__always)
    private func apply<F: Form, let width: Int>(_ kind: TreePlan.Kind, _ node: Node, _ constants: UnsafePointer<Double>, _ form: F.Type, _: Width<width>.Type) {
        let own = slots + Int(node.pointee.slot), first = slots + Int(node.pointee.firstSlot), second = slots + Int(node.pointee.secondSlot)
        let depth = Int(node.pointee.depth)
        if kind == .openOne || kind == .openTwo || kind == .leaves {
            answers[depth] = node.pointee.asksCode ? codeGoesRight(node) : numberGoesRight(node)
            if F.repeated {
                let ancestor = Int(node.pointee.ancestorDepth)
                let keeps = answers[ancestor] != node.pointee.liesLeft
                consistent[depth] = node.pointee.ancestorRepeated ? keeps && consistent[ancestor] : keeps
            }
        }
        let goesRight = answers[depth], isConsistent = !F.repeated || consistent[depth]
        let followed = vector(constants + (goesRight ? width : 0))
        let step = isConsistent ? followed : Points(repeating: node.pointee.share)
        let reach = own[0]
        switch kind {
        case .openOne:
            first[0] = reach * step
        case .openTwo:
            let onward = reach * step
            first[0] = onward
            second[0] = reach - onward
        case .closeOne, .closeTwo:
            let other = kind == .closeOne ? Points(repeating: node.pointee.secondValue) : second[0]
            let difference = first[0] - other
            let total = Width<width>.sum(known(constants, width, reach * difference, form))
            own[0] = other + step * difference
            credit(node, total, goesRight, isConsistent)
        case .leaves:
            let other = node.pointee.secondValue, difference = node.pointee.firstValue - node.pointee.secondValue
            let total = Width<width>.sum(known(constants, width, reach, form))
            own[0] = Points(repeating: other) + step * Points(repeating: difference)
            credit(node, total * difference, goesRight, isConsistent)
        }
    }

    @inline(__always)
    private func vector(_ place: UnsafePointer<Double>) -> Points { UnsafeRawPointer(place).loadUnaligned(as: Points.self) }

    @inline(__always)
    private func known<F: Form>(_ constants: UnsafePointer<Double>, _ width: Int, _ term: Points, _: F.Type) -> Points {
        F.repeated ? term * vector(constants + 2 * width) : term
    }

    @inline(__always)
    private func credit(_ node: Node, _ total: Double, _ goesRight: Bool, _ isConsistent: Bool) {
        let factor = goesRight ? node.pointee.rightFactor : node.pointee.leftFactor
        sums[Int(node.pointee.player)] += (isConsistent ? factor : 0) * total
    }

    /// As `TreeKernel` answers: by the sign of threshold - x.
    @inline(__always)
    private func numberGoesRight(_ node: Node) -> Bool {
        (node.pointee.threshold - Double(bitPattern: UInt64(bitPattern: patterns[Int(node.pointee.column)][0]))).sign == .minus
    }

    private func codeGoesRight(_ node: Node) -> Bool {
        let code = patterns[Int(node.pointee.column)][0]
        if code < 0 { return !node.pointee.missingGoesLeft }
        guard code >> 6 < Int64(node.pointee.wordCount) else { return true }
        return plan.words[Int(node.pointee.firstWord) + Int(code >> 6)] >> UInt64(code & 63) & 1 == 0
    }
}

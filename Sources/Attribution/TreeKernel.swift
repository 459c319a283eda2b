import LinearAlgebra

/// One number for each of 16 rows.
typealias Lanes = SIMD16<Double>
/// One answer for each of 16 rows, in the sign bit.
typealias Signs = SIMD16<Int64>

/// The row loop of tree attributions: `TreePlan` applied to 16 rows at a time.
///
/// Elements and sums are Double. O(Σ over trees of nodes · quadrature nodes) for 16 rows.
/// Every operation is an IEEE + - * or a selection, in an order fixed by the plan: a row's result does not depend on the
/// rows around it, the number of threads or the instruction set.
///
/// Lanes carry a question's answer in the sign bit (negative: the row goes right), because the sign of threshold - x is
/// one subtraction where Swift 6.3's vector comparison is a loop over lanes.
///
/// The file is on the list of those that may hold unsafe code: pointers into arrays that stay in place for the call, and vectors
/// reinterpreted as their bit patterns. A first form on spans took 26 microseconds a row where pointers took 18 (200 trees of
/// 31 leaves), and a structure cannot keep spans without an experimental flag. Every index comes from `TreePlan`, which sizes the
/// scratch itself and checks the features; rows and columns are read through checked spans in `QuestionColumns`.
struct TreeKernel {
    private let plan: TreePlan
    private let playerCount: Int
    /// The rows' question columns, group by group.
    private var patterns: [Signs]
    /// Slot s of a pass of width w holds, for its quadrature node k, vector s · w + k: reach, later value.
    private let slots: AlignedBuffer<Lanes>
    /// By depth: which rows go right; of repeated questions, which rows were consistent with the earlier ones.
    private let answers: AlignedBuffer<Signs>
    private let consistent: AlignedBuffer<Signs>
    /// Contributions: player p of the g-th 16 rows at `g * playerCount + p`.
    private let sums: AlignedBuffer<Lanes>

    /// The rows that one call of `run` takes at most: enough that a tree's constants are read from the cache and its sequence of
    /// operations is learnt by the branch predictor, few enough that the rows stay in the cache themselves.
    static let mostRows = 32 * lanes

    /// - Parameter rows: the rows of the longest run to come, at most `mostRows`.
    init(_ plan: TreePlan, playerCount: Int, rows: Int) {
        precondition(rows <= Self.mostRows)
        let groups = (rows + lanes - 1) / lanes
        self.plan = plan
        self.playerCount = playerCount
        patterns = Array(repeating: .zero, count: groups * plan.columns.count)
        slots = AlignedBuffer(repeating: .zero, count: TreePlan.widestPass * plan.slotCount)
        answers = AlignedBuffer(repeating: .zero, count: plan.depthCount)
        consistent = AlignedBuffer(repeating: .zero, count: plan.depthCount)
        sums = AlignedBuffer(repeating: .zero, count: groups * playerCount)
    }

    /// A player's contributions to the `group`-th 16 rows of the last run.
    func contributions(player: Int, group: Int) -> Lanes {
        precondition(player >= 0 && player < playerCount && group >= 0 && (group + 1) * playerCount <= sums.count, "a contribution that there is")
        return sums.start[group * playerCount + player]
    }

    /// Computes `sums` for rows `first ..< first + count` of `features`. Lanes beyond the last row hold nothing of use.
    mutating func run(_ features: Matrix, first: Int, count: Int) {
        let groups = (count + lanes - 1) / lanes
        precondition(groups * playerCount <= sums.count, "more rows than the kernel was made for")
        for group in 0 ..< groups {
            plan.columns.load(features, first: first + group * lanes, count: min(lanes, count - group * lanes),
                              into: &patterns, at: group * plan.columns.count)
        }
        sums.start.update(repeating: .zero, count: sums.count)
        guard !plan.passes.isEmpty else { return }
        withMemory { memory in
            for pass in memory.plan.passes {
                switch pass.width {
                case 1: Walk<1>(pass, memory).run(groups: groups)
                case 2: Walk<2>(pass, memory).run(groups: groups)
                case 3: Walk<3>(pass, memory).run(groups: groups)
                case 4: Walk<4>(pass, memory).run(groups: groups)
                case 5: Walk<5>(pass, memory).run(groups: groups)
                case 6: Walk<6>(pass, memory).run(groups: groups)
                case 7: Walk<7>(pass, memory).run(groups: groups)
                case 8: Walk<8>(pass, memory).run(groups: groups)
                default: preconditionFailure("a pass is at most \(TreePlan.widestPass) wide")
                }
            }
        }
    }

    private func withMemory(_ body: (Memory) -> Void) {
        patterns.withUnsafeBufferPointer { patterns in
            plan.nodes.withUnsafeBufferPointer { nodes in
                plan.constants.withUnsafeBufferPointer { constants in
                    body(Memory(plan: plan, playerCount: playerCount, nodes: nodes.baseAddress!, constants: constants.baseAddress!,
                                patterns: patterns.baseAddress!, slots: slots.start, answers: answers.start,
                                consistent: consistent.start, sums: sums.start))
                }
            }
        }
    }
}

/// The arrays of a `TreeKernel` and its plan, while they stay in place.
private struct Memory {
    let plan: TreePlan
    let playerCount: Int
    let nodes: UnsafePointer<TreePlan.Node>
    let constants: UnsafePointer<Double>
    let patterns: UnsafePointer<Signs>
    let slots: UnsafeMutablePointer<Lanes>
    let answers: UnsafeMutablePointer<Signs>
    let consistent: UnsafeMutablePointer<Signs>
    let sums: UnsafeMutablePointer<Lanes>
}

/// One pass over one tree. Generic over the width of the pass, so that loops over quadrature nodes unroll; its methods over
/// whether the question is repeated. See `TreePlan` for reach, value, step, known and the factors.
private struct Walk<let width: Int> {
    private let plan: TreePlan
    private let pass: TreePlan.Pass
    private let playerCount: Int
    private let nodes: UnsafePointer<TreePlan.Node>
    private let constants: UnsafePointer<Double>
    private let slots: UnsafeMutablePointer<Lanes>
    private let answers: UnsafeMutablePointer<Signs>
    private let consistent: UnsafeMutablePointer<Signs>
    /// Of the 16 rows at work.
    private var patterns: UnsafePointer<Signs>
    private var sums: UnsafeMutablePointer<Lanes>

    init(_ pass: TreePlan.Pass, _ memory: Memory) {
        plan = memory.plan
        self.pass = pass
        playerCount = memory.playerCount
        nodes = memory.nodes + pass.firstNode
        constants = memory.constants + pass.constants
        slots = memory.slots
        answers = memory.answers
        consistent = memory.consistent
        patterns = memory.patterns
        sums = memory.sums
    }

    consuming func run(groups: Int) {
        for _ in 0 ..< groups {
            runGroup()
            patterns += plan.columns.count
            sums += playerCount
        }
    }

    private func runGroup() {
        for k in 0 ..< width { slots[k] = Lanes(repeating: plan.weights[pass.weights + k]) }
        let operations = plan.operations.span
        for index in pass.operations {
            let operation = operations[index]
            let node = nodes + Int(operation.node), constants = constants + 3 * width * Int(operation.node)
            switch (operation.kind, operation.repeated) {
            case (.openOne, false): openOne(node, constants, Fresh.self)
            case (.openOne, true): openOne(node, constants, Repeated.self)
            case (.openTwo, false): openTwo(node, constants, Fresh.self)
            case (.openTwo, true): openTwo(node, constants, Repeated.self)
            case (.closeOne, false): closeOne(node, constants, Fresh.self)
            case (.closeOne, true): closeOne(node, constants, Repeated.self)
            case (.closeTwo, false): closeTwo(node, constants, Fresh.self)
            case (.closeTwo, true): closeTwo(node, constants, Repeated.self)
            case (.leaves, false): leaves(node, constants, Fresh.self)
            case (.leaves, true): leaves(node, constants, Repeated.self)
            }
        }
    }

    private typealias Node = UnsafePointer<TreePlan.Node>
    private typealias Constants = UnsafePointer<Double>

    @inline(__always) private func openOne<F: Form>(_ node: Node, _ constants: Constants, _ form: F.Type) {
        let rows = open(node, form), own = slots + width * Int(node.pointee.slot), first = slots + width * Int(node.pointee.firstSlot)
        for k in 0 ..< width { first[k] = own[k] * step(k, node, constants, rows, form) }
    }

    @inline(__always) private func openTwo<F: Form>(_ node: Node, _ constants: Constants, _ form: F.Type) {
        let rows = open(node, form), own = slots + width * Int(node.pointee.slot), first = slots + width * Int(node.pointee.firstSlot), second = slots + width * Int(node.pointee.secondSlot)
        for k in 0 ..< width {
            let reach = own[k]
            let onward = reach * step(k, node, constants, rows, form)
            first[k] = onward
            second[k] = reach - onward
        }
    }

    @inline(__always) private func closeOne<F: Form>(_ node: Node, _ constants: Constants, _ form: F.Type) {
        let rows = reopen(node, form), own = slots + width * Int(node.pointee.slot), first = slots + width * Int(node.pointee.firstSlot)
        let other = Lanes(repeating: node.pointee.secondValue)
        var total = Lanes.zero
        for k in 0 ..< width {
            let difference = first[k] - other
            total += known(k, constants, own[k] * difference, form)
            own[k] = other + step(k, node, constants, rows, form) * difference
        }
        credit(node, total, rows, form)
    }

    @inline(__always) private func closeTwo<F: Form>(_ node: Node, _ constants: Constants, _ form: F.Type) {
        let rows = reopen(node, form), own = slots + width * Int(node.pointee.slot), first = slots + width * Int(node.pointee.firstSlot), second = slots + width * Int(node.pointee.secondSlot)
        var total = Lanes.zero
        for k in 0 ..< width {
            let other = second[k]
            let difference = first[k] - other
            total += known(k, constants, own[k] * difference, form)
            own[k] = other + step(k, node, constants, rows, form) * difference
        }
        credit(node, total, rows, form)
    }

    @inline(__always) private func leaves<F: Form>(_ node: Node, _ constants: Constants, _ form: F.Type) {
        let rows = open(node, form), own = slots + width * Int(node.pointee.slot)
        let other = Lanes(repeating: node.pointee.secondValue)
        let difference = Lanes(repeating: node.pointee.firstValue - node.pointee.secondValue)
        var total = Lanes.zero
        for k in 0 ..< width {
            total += known(k, constants, own[k], form)
            own[k] = other + step(k, node, constants, rows, form) * difference
        }
        credit(node, total * difference, rows, form)
    }

    private struct Rows {
        var goRight: SIMDMask<Signs>
        /// Only for repeated questions.
        var areConsistent: SIMDMask<Signs>
    }

    @inline(__always) private func open<F: Form>(_ node: Node, _: F.Type) -> Rows {
        let depth = Int(node.pointee.depth)
        let right = node.pointee.asksCode ? codeAnswer(node) : numericAnswer(node)
        answers[depth] = right
        guard F.repeated else { return Rows(goRight: negative(right), areConsistent: negative(.zero)) }
        let ancestor = Int(node.pointee.ancestorDepth)
        var keeps = answers[ancestor] ^ Signs(repeating: node.pointee.liesLeft ? -1 : 0)
        if node.pointee.ancestorRepeated { keeps &= consistent[ancestor] }
        consistent[depth] = keeps
        return Rows(goRight: negative(right), areConsistent: negative(keeps))
    }

    @inline(__always) private func reopen<F: Form>(_ node: Node, _: F.Type) -> Rows {
        let depth = Int(node.pointee.depth)
        return Rows(goRight: negative(answers[depth]), areConsistent: negative(F.repeated ? consistent[depth] : .zero))
    }

    @inline(__always) private func step<F: Form>(_ k: Int, _ node: Node, _ constants: Constants, _ rows: Rows, _: F.Type) -> Lanes {
        let left = Lanes(repeating: constants[k]), right = Lanes(repeating: constants[width + k])
        let followed = left.replacing(with: right, where: rows.goRight)
        return F.repeated ? Lanes(repeating: node.pointee.share).replacing(with: followed, where: rows.areConsistent) : followed
    }

    @inline(__always) private func known<F: Form>(_ k: Int, _ constants: Constants, _ term: Lanes, _: F.Type) -> Lanes {
        F.repeated ? term * constants[2 * width + k] : term
    }

    @inline(__always) private func credit<F: Form>(_ node: Node, _ total: Lanes, _ rows: Rows, _: F.Type) {
        let left = Lanes(repeating: node.pointee.leftFactor), right = Lanes(repeating: node.pointee.rightFactor)
        var factor = left.replacing(with: right, where: rows.goRight)
        if F.repeated { factor = Lanes.zero.replacing(with: factor, where: rows.areConsistent) }
        sums[Int(node.pointee.player)] += factor * total
    }

    /// Answers of `x <= threshold`, as `Tree.next` defines them: the columns hold ±∞ for missing.
    @inline(__always) private func numericAnswer(_ node: Node) -> Signs {
        let x = unsafeBitCast(patterns[Int(node.pointee.column)], to: Lanes.self)
        return unsafeBitCast(Lanes(repeating: node.pointee.threshold) - x, to: Signs.self)
    }

    /// Answers of "the code is in the set", as `Tree.next` defines them: a missing value's code is negative.
    private func codeAnswer(_ node: Node) -> Signs {
        let codes = patterns[Int(node.pointee.column)]
        let missing = node.pointee.missingGoesLeft ? codes : .zero
        var left = Signs.zero
        let words = Int(node.pointee.firstWord) ..< Int(node.pointee.firstWord + node.pointee.wordCount)
        if words.count == 1 {
            // The code's bit moves to the sign; codes from 64 on and negative ones have a high part that is not 0.
            let unsigned = SIMD16<UInt64>(truncatingIfNeeded: codes)
            let bit = (SIMD16<UInt64>(repeating: plan.words[words.lowerBound]) &>> unsigned) &<< 63
            left = Signs(truncatingIfNeeded: bit & ((unsigned &>> 6) &- 1))
        } else {
            for lane in 0 ..< lanes where codes[lane] >= 0 && codes[lane] >> 6 < words.count {
                let word = plan.words[words.lowerBound + Int(codes[lane] >> 6)]
                left[lane] = word >> UInt64(codes[lane] & 63) & 1 == 1 ? -1 : 0
            }
        }
        return ~(left | missing)
    }

    /// The lanes whose sign bit is set.
    @inline(__always) private func negative(_ signs: Signs) -> SIMDMask<Signs> {
        unsafeBitCast(signs &>> 63, to: SIMDMask<Signs>.self)
    }
}

/// Whether the question is the first on its feature along the path: known when the kernels are compiled.
protocol Form { static var repeated: Bool { get } }
enum Fresh: Form { static var repeated: Bool { false } }
enum Repeated: Form { static var repeated: Bool { true } }

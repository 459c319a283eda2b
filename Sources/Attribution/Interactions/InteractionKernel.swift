import LinearAlgebra

/// The row loop of pairwise interactions: `InteractionPlan` applied to 16 rows at a time.
///
/// For each tree one sweep from the root on finds the probability of reaching each question, one back from the last question finds
/// the value below it and credits the pairs. O(Σ over trees of questions · distinct features above · quadrature nodes) for 16 rows.
/// Elements and sums are Double; every operation is an IEEE + - * or a selection, in an order fixed by the plan: a row's result
/// does not depend on the rows around it, the number of threads or the instruction set.
///
/// The file is on the list of those that may hold unsafe code, for the reasons given at `TreeKernel`: every index comes from
/// `InteractionPlan`, which sizes the scratch itself and checks the features.
struct InteractionKernel {
    private let plan: InteractionPlan
    private var patterns: [Signs]
    /// For each question of a tree, each quadrature node: reach, later the value below.
    private var slots: [Lanes]
    /// For each edge of a tree: the rows that follow it and all edges above that answer questions on the same feature.
    private var follows: [Signs]
    /// Interactions: pair p of the g-th 16 rows at `g * pairs + p`.
    private(set) var sums: [Lanes]

    /// As many rows as keep a tree's constants in the cache, as few as keep the sums of a pair nearby.
    static let mostRows = 8 * lanes

    /// - Parameter rows: the rows of the longest run to come, at most `mostRows`.
    init(_ plan: InteractionPlan, rows: Int) {
        precondition(rows <= Self.mostRows)
        let groups = (rows + lanes - 1) / lanes
        self.plan = plan
        patterns = Array(repeating: .zero, count: groups * plan.columns.count)
        slots = Array(repeating: .zero, count: InteractionPlan.widestPass * (plan.largestTree + 1))
        follows = Array(repeating: .zero, count: 2 * plan.largestTree)
        sums = Array(repeating: .zero, count: groups * plan.pairs.count)
    }

    /// Computes `sums` for rows `first ..< first + count` of `features`. Lanes beyond the last row hold nothing of use.
    mutating func run(_ features: Matrix, first: Int, count: Int) {
        let groups = (count + lanes - 1) / lanes
        precondition(groups * plan.pairs.count <= sums.count, "more rows than the kernel was made for")
        for group in 0 ..< groups {
            plan.columns.load(features, first: first + group * lanes, count: min(lanes, count - group * lanes),
                              into: &patterns, at: group * plan.columns.count)
        }
        for i in 0 ..< sums.count { sums[i] = .zero }
        guard !plan.passes.isEmpty else { return }
        withMemory { memory in
            for pass in memory.plan.passes {
                switch pass.width {
                case 1: Sweep<1>(pass, memory).run(groups: groups)
                case 2: Sweep<2>(pass, memory).run(groups: groups)
                case 3: Sweep<3>(pass, memory).run(groups: groups)
                case 4: Sweep<4>(pass, memory).run(groups: groups)
                case 5: Sweep<5>(pass, memory).run(groups: groups)
                case 6: Sweep<6>(pass, memory).run(groups: groups)
                case 7: Sweep<7>(pass, memory).run(groups: groups)
                case 8: Sweep<8>(pass, memory).run(groups: groups)
                default: preconditionFailure("a pass is at most \(InteractionPlan.widestPass) wide")
                }
            }
        }
    }

    private mutating func withMemory(_ body: (Memory) -> Void) {
        let plan = self.plan
        patterns.withUnsafeBufferPointer { patterns in
            slots.withUnsafeMutableBufferPointer { slots in
                follows.withUnsafeMutableBufferPointer { follows in
                    sums.withUnsafeMutableBufferPointer { sums in
                        plan.questions.withUnsafeBufferPointer { questions in
                            plan.partners.withUnsafeBufferPointer { partners in
                                plan.steps.withUnsafeBufferPointer { steps in
                                    plan.factors.withUnsafeBufferPointer { factors in
                                        body(Memory(plan: plan, questions: questions.baseAddress!, partners: partners.baseAddress!,
                                                    steps: steps.baseAddress!, factors: factors.baseAddress!, patterns: patterns.baseAddress!,
                                                    slots: slots.baseAddress!, follows: follows.baseAddress!, sums: sums.baseAddress!))
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

/// The arrays of an `InteractionKernel` and its plan, while they stay in place.
private struct Memory {
    let plan: InteractionPlan
    let questions: UnsafePointer<InteractionPlan.Question>
    let partners: UnsafePointer<InteractionPlan.Partner>
    let steps: UnsafePointer<Double>
    let factors: UnsafePointer<Double>
    let patterns: UnsafePointer<Signs>
    let slots: UnsafeMutablePointer<Lanes>
    let follows: UnsafeMutablePointer<Signs>
    let sums: UnsafeMutablePointer<Lanes>
}

/// One pass over one tree, generic over its width so that loops over quadrature nodes unroll.
private struct Sweep<let width: Int> {
    private let plan: InteractionPlan
    private let pass: InteractionPlan.Pass
    private let questions: UnsafePointer<InteractionPlan.Question>
    private let partners: UnsafePointer<InteractionPlan.Partner>
    private let steps: UnsafePointer<Double>
    private let factors: UnsafePointer<Double>
    private let slots: UnsafeMutablePointer<Lanes>
    /// The terms of one question, behind the slots.
    private let terms: UnsafeMutablePointer<Lanes>
    private let follows: UnsafeMutablePointer<Signs>
    /// Of the 16 rows at work.
    private var patterns: UnsafePointer<Signs>
    private var sums: UnsafeMutablePointer<Lanes>

    init(_ pass: InteractionPlan.Pass, _ memory: Memory) {
        plan = memory.plan
        self.pass = pass
        questions = memory.questions + pass.questions.lowerBound
        partners = memory.partners
        steps = memory.steps + pass.steps
        factors = memory.factors + pass.factors
        slots = memory.slots
        terms = memory.slots + InteractionPlan.widestPass * memory.plan.largestTree
        follows = memory.follows
        patterns = memory.patterns
        sums = memory.sums
    }

    consuming func run(groups: Int) {
        for _ in 0 ..< groups {
            for k in 0 ..< width { slots[k] = Lanes(repeating: plan.nodes[pass.nodes + 2 * k]) }
            for index in 0 ..< pass.questions.count { descend(index) }
            for index in (0 ..< pass.questions.count).reversed() { ascend(index) }
            patterns += plan.columns.count
            sums += plan.pairs.count
        }
    }

    private typealias Question = UnsafePointer<InteractionPlan.Question>

    /// Answers the question and hands its reach on to the children.
    @inline(__always) private func descend(_ index: Int) {
        let question = questions + index
        let right = question.pointee.asksCode ? codeAnswer(question) : numericAnswer(question)
        let repeated = question.pointee.sameFeatureEdge >= 0
        let consistent = repeated ? follows[Int(question.pointee.sameFeatureEdge)] : Signs(repeating: -1)
        follows[2 * index] = consistent & ~right
        follows[2 * index + 1] = consistent & right
        let left = Int(question.pointee.left), rightChild = Int(question.pointee.right)
        let own = slots + width * index
        if left >= 0 {
            let share = Lanes(repeating: question.pointee.leftShare)
            for k in 0 ..< width { slots[width * left + k] = own[k] * step(index, k, side: 0, share, repeated) }
        }
        if rightChild >= 0 {
            let share = Lanes(repeating: question.pointee.rightShare)
            for k in 0 ..< width { slots[width * rightChild + k] = own[k] * step(index, k, side: 1, share, repeated) }
        }
    }

    /// Credits the pairs that the question's feature forms, and leaves the value below the question in its slot.
    @inline(__always) private func ascend(_ index: Int) {
        let question = questions + index
        let repeated = question.pointee.sameFeatureEdge >= 0
        let goesLeft = negative(follows[2 * index]), goesRight = negative(follows[2 * index + 1])
        let leftShare = Lanes(repeating: question.pointee.leftShare), rightShare = Lanes(repeating: question.pointee.rightShare)
        let one = Lanes(repeating: 1)
        // A row that left an earlier question on the same feature goes neither way.
        let zero = Lanes.zero
        let leftTaken: Lanes = one - leftShare, leftPassed: Lanes = zero - leftShare
        let rightTaken: Lanes = one - rightShare, rightPassed: Lanes = zero - rightShare
        let leftFactor: Lanes = zero.replacing(with: leftTaken, where: goesLeft).replacing(with: leftPassed, where: goesRight)
        let rightFactor: Lanes = zero.replacing(with: rightPassed, where: goesLeft).replacing(with: rightTaken, where: goesRight)
        let own = slots + width * index
        let left = Int(question.pointee.left), right = Int(question.pointee.right)
        let leftLeaf = Lanes(repeating: question.pointee.leftValue), rightLeaf = Lanes(repeating: question.pointee.rightValue)
        var departed = Lanes.zero
        for k in 0 ..< width {
            let leftValue: Lanes = left >= 0 ? slots[width * left + k] : leftLeaf
            let rightValue: Lanes = right >= 0 ? slots[width * right + k] : rightLeaf
            let known: Double = steps[InteractionPlan.stepCount * (width * index + k) + 4]
            let difference: Lanes = leftFactor * leftValue + rightFactor * rightValue
            let term: Lanes = own[k] * (known * difference)
            terms[k] = term
            departed += term * plan.nodes[pass.nodes + 2 * k + 1]
            let stepLeft: Lanes = step(index, k, side: 0, leftShare, repeated), stepRight: Lanes = step(index, k, side: 1, rightShare, repeated)
            own[k] = stepLeft * leftValue + stepRight * rightValue
        }
        let first = Int(question.pointee.firstPartner)
        for partner in first ..< first + Int(question.pointee.partnerCount) {
            let edge = Int(partners[partner].edge)
            var followed = Lanes.zero
            for k in 0 ..< width { followed += terms[k] * factors[width * edge + k] }
            sums[Int(partners[partner].pair)] += departed.replacing(with: followed, where: negative(follows[edge]))
        }
    }

    /// Probability of going to a side, given that the walk arrived.
    @inline(__always) private func step(_ index: Int, _ k: Int, side: Int, _ share: Lanes, _ repeated: Bool) -> Lanes {
        let constants = steps + InteractionPlan.stepCount * (width * index + k) + side
        let left = Lanes(repeating: constants[0]), right = Lanes(repeating: constants[2])
        guard repeated else { return left.replacing(with: right, where: negative(follows[2 * index + 1])) }
        return share.replacing(with: left, where: negative(follows[2 * index])).replacing(with: right, where: negative(follows[2 * index + 1]))
    }

    /// Answers of `x <= threshold`, as `Tree.next` defines them: the columns hold ±∞ for missing. Negative: to the right.
    @inline(__always) private func numericAnswer(_ question: Question) -> Signs {
        let x = unsafeBitCast(patterns[Int(question.pointee.column)], to: Lanes.self)
        return unsafeBitCast(Lanes(repeating: question.pointee.threshold) - x, to: Signs.self)
    }

    /// Answers of "the code is in the set", as `Tree.next` defines them: a missing value's code is negative.
    private func codeAnswer(_ question: Question) -> Signs {
        let codes = patterns[Int(question.pointee.column)]
        var left = question.pointee.missingGoesLeft ? codes : .zero
        let words = Int(question.pointee.firstWord) ..< Int(question.pointee.firstWord + question.pointee.wordCount)
        for lane in 0 ..< lanes where codes[lane] >= 0 && codes[lane] >> 6 < words.count {
            let word = plan.words[words.lowerBound + Int(codes[lane] >> 6)]
            left[lane] = word >> UInt64(codes[lane] & 63) & 1 == 1 ? -1 : 0
        }
        return ~left
    }

    /// The lanes whose sign bit is set.
    @inline(__always) private func negative(_ signs: Signs) -> SIMDMask<Signs> {
        unsafeBitCast(signs &>> 63, to: SIMDMask<Signs>.self)
    }
}

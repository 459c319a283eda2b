import LinearAlgebra

typealias Lanes = SIMD8<Double>
typealias Signs = SIMD8<Int64>

/// The row loop of tree attributions: `TreePlan` applied to 16 rows at a time.
///
/// Elements and sums are Double. O(Σ over trees of nodes · quadrature nodes) a block.
/// Every operation is an IEEE + - * or a selection, in an order fixed by the plan: a row's result does not depend on the
/// other rows of its block, on the block's size, the number of threads or the instruction set.
///
/// Lanes carry a question's answer in the sign bit (negative: the row goes right), because the sign of threshold - x is
/// one subtraction where Swift 6.3's vector comparison is a loop over lanes.
struct TreeKernel {
    private let plan: TreePlan
    private let featureCount: Int
    private var patterns: [Signs]
    /// Slot s of a pass of width w holds, for its quadrature node k, the vectors (s · w + k) · 2 and the next.
    private var scratch: [Lanes]
    /// By depth: which rows go right; of repeated questions, which rows were consistent with the earlier ones.
    private var answers: [Signs]
    private var consistent: [Signs]
    /// Contributions of the block's rows, feature after feature.
    private var sums: [Lanes]

    init(_ plan: TreePlan, featureCount: Int) {
        self.plan = plan
        self.featureCount = featureCount
        patterns = Array(repeating: .zero, count: 2 * plan.columns.count)
        scratch = Array(repeating: .zero, count: 2 * TreePlan.widestPass * plan.slotCount)
        answers = Array(repeating: .zero, count: 2 * plan.depthCount)
        consistent = Array(repeating: .zero, count: 2 * plan.depthCount)
        sums = Array(repeating: .zero, count: 2 * featureCount)
    }

    /// Writes the contributions of rows `first ..< first + count` (at most 16) to `result`: feature f's at `f * stride + offset`.
    mutating func run(_ features: Matrix, first: Int, count: Int, into result: inout [Double], offset: Int, stride: Int) {
        plan.columns.load(features, first: first, count: count, into: &patterns)
        for i in 0 ..< sums.count { sums[i] = .zero }
        for pass in plan.passes {
            switch pass.width {
            case 1: Self.walk(plan, pass, 1, patterns, &scratch, &answers, &consistent, &sums)
            case 2: Self.walk(plan, pass, 2, patterns, &scratch, &answers, &consistent, &sums)
            case 3: Self.walk(plan, pass, 3, patterns, &scratch, &answers, &consistent, &sums)
            case 4: Self.walk(plan, pass, 4, patterns, &scratch, &answers, &consistent, &sums)
            case 5: Self.walk(plan, pass, 5, patterns, &scratch, &answers, &consistent, &sums)
            case 6: Self.walk(plan, pass, 6, patterns, &scratch, &answers, &consistent, &sums)
            case 7: Self.walk(plan, pass, 7, patterns, &scratch, &answers, &consistent, &sums)
            case 8: Self.walk(plan, pass, 8, patterns, &scratch, &answers, &consistent, &sums)
            default: preconditionFailure("a pass is at most \(TreePlan.widestPass) wide")
            }
        }
        for feature in 0 ..< featureCount {
            for lane in 0 ..< count { result[feature * stride + offset + lane] = sums[2 * feature + lane / 8][lane % 8] }
        }
    }

    /// Works off one pass. Inlined with a constant width, so that the loops over quadrature nodes unroll.
    @inline(__always)
    private static func walk(_ plan: TreePlan, _ pass: TreePlan.Pass, _ width: Int, _ patternArray: [Signs], _ scratchArray: inout [Lanes],
                             _ answerArray: inout [Signs], _ consistentArray: inout [Signs], _ sumArray: inout [Lanes]) {
        let operations = plan.operations.span
        let nodes = plan.nodes.span
        let constants = plan.constants.span
        let weights = plan.weights.span
        let words = plan.words.span
        let patterns = patternArray.span
        var scratch = scratchArray.mutableSpan
        var answers = answerArray.mutableSpan
        var consistent = consistentArray.mutableSpan
        var sums = sumArray.mutableSpan

        for k in 0 ..< width {
            scratch[2 * k] = Lanes(repeating: weights[pass.weights + k])
            scratch[2 * k + 1] = scratch[2 * k]
        }
        for index in pass.operations {
            let operation = operations[index]
            let node = nodes[pass.firstNode + Int(operation.node)]
            let depth = 2 * Int(node.depth)
            let base = pass.constants + 3 * width * Int(operation.node)
            let own = 2 * width * Int(node.slot)
            let first = 2 * width * Int(node.firstSlot)
            let second = 2 * width * Int(node.secondSlot)
            let isClosing = operation.kind == .closeOne || operation.kind == .closeTwo
            for half in 0 ..< 2 {
                let right: Signs
                if isClosing {
                    right = answers[depth + half]
                } else {
                    right = Self.answer(node, patterns[2 * Int(node.column) + half], words)
                    answers[depth + half] = right
                }
                var keeps = Signs(repeating: -1)
                if operation.repeated {
                    if isClosing {
                        keeps = consistent[depth + half]
                    } else {
                        let ancestor = 2 * Int(node.ancestorDepth) + half
                        let flip = Signs(repeating: node.liesLeft ? -1 : 0)
                        keeps = answers[ancestor] ^ flip
                        if node.ancestorRepeated { keeps &= consistent[ancestor] }
                        consistent[depth + half] = keeps
                    }
                }
                let goesRight = mask(right), stays = mask(keeps)
                @inline(__always) func step(_ k: Int) -> Lanes {
                    let left = Lanes(repeating: constants[base + 3 * k])
                    let followed = left.replacing(with: Lanes(repeating: constants[base + 3 * k + 1]), where: goesRight)
                    return operation.repeated ? Lanes(repeating: node.share).replacing(with: followed, where: stays) : followed
                }
                var total = Lanes.zero
                switch operation.kind {
                case .openOne:
                    for k in 0 ..< width {
                        scratch[first + 2 * k + half] = scratch[own + 2 * k + half] * step(k)
                    }
                case .openTwo:
                    for k in 0 ..< width {
                        let reach = scratch[own + 2 * k + half]
                        let onward = reach * step(k)
                        scratch[first + 2 * k + half] = onward
                        scratch[second + 2 * k + half] = reach - onward
                    }
                case .closeOne, .closeTwo:
                    for k in 0 ..< width {
                        let reach = scratch[own + 2 * k + half]
                        let other = operation.kind == .closeOne ? Lanes(repeating: node.secondValue) : scratch[second + 2 * k + half]
                        let difference = scratch[first + 2 * k + half] - other
                        scratch[own + 2 * k + half] = other + step(k) * difference
                        let term = reach * difference
                        total += operation.repeated ? term * constants[base + 3 * k + 2] : term
                    }
                case .leaves:
                    let difference = node.firstValue - node.secondValue
                    for k in 0 ..< width {
                        let reach = scratch[own + 2 * k + half]
                        scratch[own + 2 * k + half] = node.secondValue + step(k) * difference
                        total += operation.repeated ? reach * constants[base + 3 * k + 2] : reach
                    }
                    total *= difference
                }
                if isClosing || operation.kind == .leaves {
                    var factor = Lanes(repeating: node.leftFactor).replacing(with: Lanes(repeating: node.rightFactor), where: goesRight)
                    if operation.repeated { factor = Lanes.zero.replacing(with: factor, where: stays) }
                    sums[2 * Int(node.feature) + half] += factor * total
                }
            }
        }
    }

    /// The rows' answers to a node's question: the sign says right. The twin of `Tree.next`.
    @inline(__always)
    private static func answer(_ node: TreePlan.Node, _ patterns: Signs, _ words: Span<UInt64>) -> Signs {
        if !node.asksCode {
            return unsafeBitCast(node.threshold - unsafeBitCast(patterns, to: Lanes.self), to: Signs.self)
        }
        var left: Signs
        if node.wordCount == 1 {
            let codes = SIMD8<UInt64>(truncatingIfNeeded: patterns)
            let bit = (SIMD8<UInt64>(repeating: words[Int(node.firstWord)]) &>> codes) &<< 63
            left = Signs(truncatingIfNeeded: bit & ((codes &>> 6) &- 1))
        } else {
            left = .zero
            for lane in 0 ..< 8 {
                let word = Int(patterns[lane] >> 6)
                guard word >= 0 && word < Int(node.wordCount) else { continue }
                left[lane] = words[Int(node.firstWord) + word] >> UInt64(patterns[lane] & 63) & 1 == 1 ? -1 : 0
            }
        }
        if node.missingGoesLeft { left |= patterns }
        return ~left
    }

    /// The lanes whose sign bit is set.
    @inline(__always)
    private static func mask(_ signs: Signs) -> SIMDMask<Signs> {
        unsafeBitCast(signs &>> 63, to: SIMDMask<Signs>.self)
    }
}

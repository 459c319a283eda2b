extension ComparisonResult {
    /// An outcome that must not get worse, of all deals or of a segment's: variant less champion a deal, by `dr`.
    public struct Guardrail: Sendable, Equatable {
        public enum Bound: Sendable, Equatable { case mayFallBy(Double), mayRiseBy(Double) }

        public enum Status: String, Sendable {
            /// The adjusted interval lies inside the bound.
            case held
            /// The adjusted interval lies wholly outside.
            case broken
            /// Neither, or too few deals for an interval.
            case unclear
        }

        public var outcome: String
        public var bound: Bound
        /// nil: all deals.
        public var segment: Segment?
        public var deals: Int
        /// nil where the history holds no deal that tells.
        public var difference: Double?
        /// nil where too few deals tell of it.
        public var lower: Double?
        public var upper: Double?
        /// Of the hypothesis that the bound is kept: at most 1 − level where the guardrail is broken.
        public var adjustedP: Double?
        public var status: Status

        package init(outcome: String, bound: Bound, segment: Segment?, deals: Int, difference: Double?, lower: Double?, upper: Double?, adjustedP: Double?,
                     status: Status) {
            self.outcome = outcome
            self.bound = bound
            self.segment = segment
            self.deals = deals
            self.difference = difference
            self.lower = lower
            self.upper = upper
            self.adjustedP = adjustedP
            self.status = status
        }
    }

    /// What a variant changes for some of the deals: the objective, variant less champion a deal of the segment, by `dr`.
    public struct SegmentDifference: Sendable, Equatable {
        public var segment: Segment
        public var deals: Int
        public var difference: Double
        public var lower: Double
        public var upper: Double
        /// Of no difference; over all segments and strategies that were looked at.
        public var adjustedP: Double

        package init(segment: Segment, deals: Int, difference: Double, lower: Double, upper: Double, adjustedP: Double) {
            self.segment = segment
            self.deals = deals
            self.difference = difference
            self.lower = lower
            self.upper = upper
            self.adjustedP = adjustedP
        }

        public var conclusion: Conclusion { Conclusion(Interval(lower: lower, upper: upper)) }
    }

    /// How numbers of an outcome read.
    public struct Scale: Sendable, Equatable {
        /// Such as CNY; nil where the history names none, or several go into the objective.
        public var unit: String?
        /// Every deal has 0 or 1, so that means are shares.
        public var isShare: Bool

        package init(unit: String?, isShare: Bool) {
            self.unit = unit
            self.isShare = isShare
        }
    }

    /// How far the search for segments went.
    public struct SegmentSearch: Sendable, Equatable {
        /// A segment needs so many deals to be looked at.
        public var minimumDeals: Int
        /// Segments that occur and have fewer deals, or in which too few deals tell of the difference; over all strategies.
        public var leftOut: Int
    }

    /// What a strategy does with, and earns from, one group of deals. Intervals are each for itself, by `dr`.
    public struct GroupTreatment: Sendable, Equatable {
        public struct Share: Sendable, Equatable {
            public var action: String
            public var share: Double
            public var lower: Double
            public var upper: Double
        }

        public var group: SegmentCondition
        public var deals: Int
        /// Per deal; nil where too few deals tell.
        public var value: Double?
        public var lower: Double?
        public var upper: Double?
        /// The mean probability of each action.
        public var actions: [Share]
    }

    /// Deals by their weight under a strategy, in ranges that double.
    public struct WeightBin: Sendable, Equatable {
        /// Weights above `from`, up to `to`; both 0 for deals without weight.
        public var from: Double
        public var to: Double
        public var deals: Int
        /// Of all weight.
        public var weightShare: Double

        /// 0; up to 1/8; from there in doublings up to the largest weight. O(deals).
        package static func bins(_ weights: [Double]) -> [WeightBin] {
            var bins = [WeightBin(from: 0, to: 0, deals: 0, weightShare: 0), WeightBin(from: 0, to: 0.125, deals: 0, weightShare: 0)]
            let largest = weights.max() ?? 0
            while bins[bins.count - 1].to < largest, bins.count < 64 {
                let from = bins[bins.count - 1].to
                bins.append(WeightBin(from: from, to: 2 * from, deals: 0, weightShare: 0))
            }
            var total = 0.0
            for weight in weights {
                var index = 0
                while index < bins.count - 1, weight > bins[index].to { index += 1 }
                bins[index].deals += 1
                bins[index].weightShare += weight
                total += weight
            }
            for index in bins.indices where total > 0 { bins[index].weightShare /= total }
            return bins
        }
    }
}

extension ComparisonResult.StrategyResult {
    /// Whether the strategy was learned from the deals that it is tried on.
    public var isLearnedHere: Bool { reasons.contains(.learnedFromTheseDeals) }

    /// Whether every guardrail is held over all deals and none is broken in a segment, on evidence that can tell. A segment in which
    /// a guardrail is unclear forbids nothing: no history could settle the smallest ones. The deals that a strategy was learned from
    /// permit nothing: that it does well on them was the search's aim.
    public var permitsApproval: Bool {
        verdict != .cannotTell && !isLearnedHere && guardrails.allSatisfy { $0.segment == nil ? $0.status == .held : $0.status != .broken }
    }

    /// Segments in which the variant is worse than the champion; a pair only where neither of its columns says so by itself.
    public var losers: [ComparisonResult.SegmentDifference] {
        let worse = segments.filter { $0.conclusion == .worse }
        let single = Set(worse.filter { $0.segment.conditions.count == 1 }.map { $0.segment.conditions[0] })
        return worse.filter { $0.segment.conditions.count == 1 || $0.segment.conditions.allSatisfy { !single.contains($0) } }
            .sorted { $0.difference < $1.difference }
    }
}

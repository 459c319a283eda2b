/// What ranking by a score is worth, from the effect (its doubly robust score) of each deal.
///
/// TOC(q) = E[τ | top share q] − E[τ], the targeting operator characteristic; AUTOC = ∫ TOC(q) dq and QINI = ∫ q TOC(q) dq over
/// q in (0, 1], the rank-weighted average treatment effects of Yadlowsky, Fleming, Shah, Brunskill and Wager (arXiv:2111.07966). With n deals
/// the integrals are means over q = i/n, and deals of one score share their mean effect, as in the package grf.
package struct TargetingCurves: Sendable, Equatable {
    package var average = 0.0
    package var autoc = 0.0
    package var qini = 0.0
    /// TOC at the shares asked for.
    package var toc: [Double]

    /// - Parameters:
    ///   - isIn: the deals that take part, such as those of a half sample; nil: all.
    ///   - shares: ascending, above 0, at most 1.
    /// O(deals + shares).
    package init(_ ranked: RankedDeals, effects: [Double], isIn: [Bool]?, shares: [Double]) {
        toc = Array(repeating: 0, count: shares.count)
        // Group by group: deals that take part, and their mean effect.
        var counts: [Int] = []
        var means: [Double] = []
        counts.reserveCapacity(ranked.groups)
        means.reserveCapacity(ranked.groups)
        var total = 0.0
        var deals = 0
        for group in 0 ..< ranked.groups {
            var sum = 0.0
            var count = 0
            for place in ranked.starts[group] ..< ranked.starts[group + 1] {
                let deal = Int(ranked.order[place])
                guard isIn?[deal] ?? true else { continue }
                sum += effects[deal]
                count += 1
            }
            counts.append(count)
            means.append(count > 0 ? sum / Double(count) : 0)
            total += sum
            deals += count
        }
        guard deals > 0 else { return }
        let size = Double(deals)
        average = total / size
        var sum = 0.0
        var place = 0
        var next = 0
        for group in counts.indices {
            for _ in 0 ..< counts[group] {
                sum += means[group]
                place += 1
                // Of all deals exactly 0, whatever the rounding.
                let value = place == deals ? 0 : sum / Double(place) - average
                autoc += value
                qini += value * Double(place) / size
                // The first place that reaches the share.
                while next < shares.count, Double(place) >= shares[next] * size - 1e-9 {
                    toc[next] = value
                    next += 1
                }
            }
        }
        autoc /= size
        qini /= size
    }
}

/// Curves from observed outcomes of two actions that were drawn by lot, the same for all deals.
///
/// Qini: Q(k) = Y_T(k) − Y_C(k) · N_T(k) / N_C(k), over N_T (Radcliffe, Direct Marketing Analytics Journal, 2007). Uplift: (Y_T(k) / N_T(k) −
/// Y_C(k) / N_C(k)) · (N_T(k) + N_C(k)), over N_T + N_C. Both end at the plain difference of the means. k counts the deals of
/// either action in the order of the score; where one of the two has no deal yet, its term is 0. The area is that between the curve and
/// the straight line to its end, by trapezoids: 0 for a random order. It is not divided by that of a perfect order, which no data show.
package struct ObservedCurves: Sendable {
    /// Share of the deals of both actions; at the ends of groups of equal scores.
    package var shares: [Double] = [0]
    package var qini: [Double] = [0]
    package var uplift: [Double] = [0]

    package init(_ ranked: RankedDeals, outcome: [Double], isTreated: [Bool?], isIn: [Bool]? = nil) {
        var (treated, control) = (Sum(), Sum())
        var points: [(treated: Sum, control: Sum)] = []
        for group in 0 ..< ranked.groups {
            for place in ranked.starts[group] ..< ranked.starts[group + 1] {
                let deal = Int(ranked.order[place])
                guard isIn?[deal] ?? true, let isTreated = isTreated[deal] else { continue }
                if isTreated { treated.add(outcome[deal]) } else { control.add(outcome[deal]) }
            }
            let seen = points.last.map { $0.treated.count + $0.control.count } ?? 0
            if treated.count + control.count > seen { points.append((treated, control)) }
        }
        guard treated.count > 0, control.count > 0 else { return }
        let all = treated.count + control.count
        for (t, c) in points {
            shares.append((t.count + c.count) / all)
            qini.append((t.total - (c.count > 0 ? c.total * t.count / c.count : 0)) / treated.count)
            uplift.append((t.mean - c.mean) * (t.count + c.count) / all)
        }
    }

    private struct Sum {
        var count = 0.0
        var total = 0.0
        var mean: Double { count > 0 ? total / count : 0 }
        mutating func add(_ value: Double) {
            count += 1
            total += value
        }
    }

    /// The area between a curve and the straight line to its end.
    package func area(_ curve: [Double]) -> Double {
        var area = 0.0
        for index in 1 ..< max(1, curve.count) { area += (curve[index] + curve[index - 1]) / 2 * (shares[index] - shares[index - 1]) }
        return area - (curve.last ?? 0) / 2
    }
}

/// The attribution of one row in whole units of a power of two, so that it adds up exactly: base value + Σ contributions =
/// margin, as integers.
///
/// Margin and base value are rounded to the nearest unit (ties to even), the base value so that it is the same for all rows of
/// a model. Contributions are rounded down, and what is then missing to the margin goes, a unit each, to the largest
/// remainders, ties by column order: every contribution lies within one unit of its number, as the numbers themselves add up
/// within a fraction of one. Where they do not (rounding of very large contributions that cancel), the rest is spread evenly;
/// the sum is exact all the same.
public struct FixedPointAttribution: Sendable, Equatable {
    /// The unit is 2^exponent.
    public let exponent: Int
    public let baseValue: Int64
    /// In the order of the features.
    public let contributions: [Int64]
    public let margin: Int64

    /// 2^-40 is 9e-13: the precision that floating-point attributions promise.
    public static let finestExponent = -40

    /// - Parameter exponent: the unit to use, the model's `attributionUnitExponent` in a trace; a coarser one is taken where a number would not stay below 2^52 units.
    /// - Precondition: the numbers are finite, and there is a feature unless base value and margin are the same.
    public init(_ row: RowAttribution, exponent: Int = Self.finestExponent) {
        let largest = row.contributions.reduce(max(abs(row.baseValue), abs(row.margin))) { max($0, abs($1)) }
        self.exponent = max(exponent, Self.exponent(for: largest))
        let unitsInOne = Double(sign: .plus, exponent: -self.exponent, significand: 1)
        margin = Int64((row.margin * unitsInOne).rounded(.toNearestOrEven))
        baseValue = Int64((row.baseValue * unitsInOne).rounded(.toNearestOrEven))
        var units: [Int64] = [], remainders: [Double] = []
        units.reserveCapacity(row.contributions.count)
        remainders.reserveCapacity(row.contributions.count)
        for contribution in row.contributions {
            let scaled = contribution * unitsInOne, whole = scaled.rounded(.down)
            units.append(Int64(whole))
            remainders.append(scaled - whole)
        }
        let missing = units.reduce(margin - baseValue, -)
        precondition(!units.isEmpty || missing == 0, "without features the margin is the base value")
        if missing != 0 {
            let count = Int64(units.count)
            let each = missing >= 0 ? missing / count : -((count - 1 - missing) / count)
            if each != 0 { for index in units.indices { units[index] += each } }
            Self.raise(&units, by: remainders, count: Int(missing - each * count))
        }
        contributions = units
    }

    /// Adds a unit where the `count` largest remainders are, ties by order.
    private static func raise(_ units: inout [Int64], by remainders: [Double], count: Int) {
        guard count > 0 else { return }
        let last = smallest(ofLargest: count, remainders)
        var ties = count
        for index in units.indices where remainders[index] > last {
            units[index] += 1
            ties -= 1
        }
        for index in units.indices where ties > 0 && remainders[index] == last {
            units[index] += 1
            ties -= 1
        }
    }

    /// The `count`-th largest number, by Hoare's selection: a part of the numbers is sorted into larger and smaller ones until only that
    /// one is left. O(numbers) on average.
    private static func smallest(ofLargest count: Int, _ numbers: [Double]) -> Double {
        var numbers = numbers, low = 0, high = numbers.count - 1
        while low < high {
            let pivot = numbers[(low + high) / 2]
            var left = low, right = high
            while left <= right {
                while numbers[left] > pivot { left += 1 }
                while numbers[right] < pivot { right -= 1 }
                if left <= right {
                    numbers.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if count - 1 <= right { high = right } else if count - 1 >= left { low = left } else { break }
        }
        return numbers[count - 1]
    }

    /// An attribution that was recorded, such as a trace's; nil where it does not add up, or numbers are not below 2^52 units.
    public init?(exponent: Int, baseValue: Int64, contributions: [Int64], margin: Int64) {
        let limit: Int64 = 1 << 52
        var sum = baseValue
        for part in contributions {
            // Below 2^52 each: more than 2,000 of them could leave 64 bits.
            let (next, overflow) = sum.addingReportingOverflow(part)
            guard part.magnitude <= limit.magnitude, !overflow else { return nil }
            sum = next
        }
        guard baseValue.magnitude <= limit.magnitude, margin.magnitude <= limit.magnitude, sum == margin else { return nil }
        self.exponent = exponent
        self.baseValue = baseValue
        self.contributions = contributions
        self.margin = margin
    }

    /// The finest exponent in which `magnitude`, one unit added, stays below 2^52 units; not below `finestExponent`.
    public static func exponent(for magnitude: Double) -> Int {
        precondition(magnitude.isFinite && magnitude >= 0, "an attribution is made of finite numbers")
        var exponent = finestExponent
        while magnitude * Double(sign: .plus, exponent: -exponent, significand: 1) + 1 >= 0x1p52 { exponent += 1 }
        return exponent
    }
}

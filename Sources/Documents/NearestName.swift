/// Finds the name that was probably meant.
public enum NearestName {
    /// The candidate nearest to `word` if it is near enough to be a slip of the pen: at most a third of the
    /// longer word's letters apart (letter case, `-` and `_` do not count). Ties go to the first candidate.
    /// O(candidates · length²).
    public static func suggest(_ word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = folded(word)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let letters = folded(candidate)
            let limit = max(1, max(wanted.count, letters.count) / 3)
            guard abs(wanted.count - letters.count) <= limit else { continue }
            let distance = distance(wanted, letters)
            if distance <= limit, distance < max(wanted.count, 1), distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `; did you mean 'learning_rate'?`, or nothing.
    public static func hint(_ word: String, among candidates: some Sequence<String>) -> String {
        suggest(word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func folded(_ text: String) -> [Unicode.Scalar] {
        text.lowercased().unicodeScalars.prefix(100).map { $0 == "-" || $0 == " " ? "_" : $0 }
    }

    /// Optimal string alignment distance: insertions, deletions, changes and swaps of neighbours
    /// (Damerau, CACM 7(3), 1964; each letter moved at most once).
    package static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0 ... b.count)
        for i in 0 ..< a.count {
            var current = [i + 1] + Array(repeating: 0, count: b.count)
            for j in 0 ..< b.count {
                var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
                current[j + 1] = cost
            }
            beforePrevious = previous
            previous = current
        }
        return previous[b.count]
    }
}

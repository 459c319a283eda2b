/// Scores of a binary outcome as the rank metrics see them: groups of rows of equal score, lowest first.
///
///     score      0.1    0.3    0.3    0.8           group  score  rows  positives
///     outcome    0      1      0      1        →      0    0.1     1       0
///                                                     1    0.3     2       1
///                                                     2    0.8     1       1
struct TiedScores {
    struct Group {
        var score: Double
        var rows: Int
        var positives: Int
        var negatives: Int { rows - positives }
    }

    let groups: [Group]
    let rows: Int
    let positives: Int
    var negatives: Int { rows - positives }
    var hasBothClasses: Bool { positives > 0 && negatives > 0 }

    /// - Parameter order: row numbers by ascending score; may leave rows out (a segment's rows).
    /// - Parameter labels: 1 for positive rows, 0 for the others, by row number.
    init(scores: [Double], labels: [Double], order: some Collection<Int32>) {
        var groups: [Group] = []
        groups.reserveCapacity(order.count)
        var positives = 0
        var current = Group(score: .nan, rows: 0, positives: 0)
        for row in order {
            let score = scores[Int(row)]
            if score != current.score {
                if current.rows > 0 { groups.append(current) }
                current = Group(score: score, rows: 0, positives: 0)
            }
            let positive = labels[Int(row)] == 1 ? 1 : 0
            current.rows += 1
            current.positives += positive
            positives += positive
        }
        if current.rows > 0 { groups.append(current) }
        self.groups = groups
        self.rows = order.count
        self.positives = positives
    }

    init(scores: [Double], labels: [Double]) {
        self.init(scores: scores, labels: labels, order: ScoreOrder.ascending(scores))
    }
}

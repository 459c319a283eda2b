import LinearAlgebra
import Models

/// A tree laid out for `PathKernel`: which players a row satisfies on the way to each leaf, and how what the leaves give adds up.
///
/// Players are numbered along each path by first appearance, so all leaves below a node share the numbers of the players down to it:
///
///           x0                 x0 is player 0 of all leaves, x1 player 1 of a and b, x2 player 1 of c and d.
///         /    \               What the leaves give, as vectors by player number, adds up from the leaves to the root; the
///       x1      x2             number of x1 is read off the sum of a and b, that of x2 off the sum of c and d, that of x0 off
///      /  \    /  \            both together. A number that was read is never looked at again, so nothing needs to be cleared.
///     a    b  c    d
struct PathTree: Sendable {
    /// Sixteen rows: a column's ranks or bits, or the sets of players that the rows satisfy.
    typealias Rows = SIMD16<Int16>
    static let lanes = 16

    /// A question, in the order of a depth-first walk.
    private struct Step: Sendable {
        var threshold: RankColumns.Threshold?
        /// Of a categorical question, in `setParts`.
        var parts = 0 ..< 0
        /// The bit of the question's player, and whether this is its first question on the path.
        var bit: Int16
        var isNew: Bool
        /// Places in the walk's sets: of the players satisfied so far, and of the children's.
        var own: Int, left = 0, right = 0
    }

    /// An inner node whose leaves and subtrees are added up.
    struct Operation: Sendable {
        /// Children that are leaves; -1 for none. Where there is one only, it is the first.
        var firstLeaf: Int32 = -1, secondLeaf: Int32 = -1
        /// Two leaves under a question on a new player: a row satisfies the same players at both but for this one, so that one
        /// table, by the first leaf's set, holds the sums of both.
        var isPair: Bool { secondLeaf >= 0 && player >= 0 }
        /// Of the sums: the first subtree of a node is added up in the node's own slot, the second in the next one.
        var slot: Int32
        var isSecond: Bool
        /// Whom the node's question credits with the number of the sum, -1 where an earlier question on the path does.
        var player: Int32
        var number: Int32
        /// The sums have more than eight numbers that are still to be read: at this node, and at its parent.
        var isWide: Bool
        var parentIsWide: Bool
    }

    /// A walk serves so many vectors of rows.
    static let vectors = 4
    static let rows = 64

    /// The longest path, in players, whose sets fit the 16-bit words of a walk.
    static let mostPlayers = 16
    /// The longest path with a table of all its sets.
    static let tableDepth = 10

    private(set) var games: [LeafGame] = []
    private(set) var operations: [Operation] = []
    /// Slots of the sums that are in use at once.
    private(set) var slotCount = 1
    /// Places that the sets of a walk take, each of `vectors` vectors: the leaves' from 0 on.
    private(set) var setCount = 0
    /// In vectors: where each leaf's table begins, -1 for a path too long for one and for the second leaf of a pair. A table has a row
    /// for each set, of one vector for up to eight players and two for more.
    private(set) var tableStarts: [Int] = []
    private(set) var tableSize = 0
    /// nil where tables are made when they are needed.
    private(set) var tables: AlignedBuffer<SIMD8<Double>>?
    /// Some path is too long for a table.
    private(set) var hasUntabledLeaves = false
    private(set) var meanValue = 0.0
    private var steps: [Step] = []
    private var setParts: [RankColumns.SetPart] = []

    /// nil where a path asks more than `mostPlayers` players.
    init?(_ tree: Tree, playerOf: [Int], columns: RankColumns) {
        struct Visit {
            var node: Int
            var players: [Int]
            var own: Int
            /// Places for the sets of inner nodes that are free from here on down.
            var freePlace: Int
            var slot: Int
            var isSecond: Bool
            var parentIsWide: Bool
            /// The operation to append, when the subtrees are done.
            var closes: Operation?
        }
        let leafCount = tree.nodes.count { $0.isLeaf }
        setCount = leafCount + 1
        guard !tree.nodes[0].isLeaf else {
            games = [LeafGame(value: tree.nodes[0].value, count: 0)]
            tableStarts = [-1]
            return
        }
        var visits = [Visit(node: 0, players: [], own: leafCount, freePlace: leafCount + 1, slot: 0, isSecond: false, parentIsWide: false)]
        while let visit = visits.popLast() {
            if let operation = visit.closes {
                operations.append(operation)
                continue
            }
            let node = tree.nodes[visit.node]
            let player = playerOf[Int(node.feature)]
            let known = visit.players.firstIndex(of: player)
            let players = known == nil ? visit.players + [player] : visit.players
            guard players.count <= Self.mostPlayers else { return nil }
            var step = Step(bit: Int16(truncatingIfNeeded: 1 << (known ?? players.count - 1)), isNew: known == nil, own: visit.own)
            if node.isCategorical {
                let parts = columns.set(node, of: tree)
                step.parts = setParts.count ..< setParts.count + parts.count
                setParts += parts
            } else {
                step.threshold = columns.threshold(node)
            }
            let isWide = players.count > 8
            var operation = Operation(slot: Int32(visit.slot), isSecond: visit.isSecond, player: known == nil ? Int32(player) : -1,
                                      number: Int32(players.count - 1), isWide: isWide, parentIsWide: visit.parentIsWide)
            var subtrees: [Visit] = []
            for (isLeft, child) in [(true, Int(node.left)), (false, Int(node.right))] {
                let place: Int
                if tree.nodes[child].isLeaf {
                    place = games.count
                    if operation.firstLeaf < 0 { operation.firstLeaf = Int32(place) } else { operation.secondLeaf = Int32(place) }
                    appendGame(value: tree.nodes[child].value, count: players.count)
                } else {
                    place = visit.freePlace + subtrees.count
                    let slot = visit.slot + subtrees.count
                    slotCount = max(slotCount, slot + 1)
                    setCount = max(setCount, place + 1)
                    subtrees.append(Visit(node: child, players: players, own: place, freePlace: visit.freePlace + 2, slot: slot,
                                          isSecond: !subtrees.isEmpty, parentIsWide: isWide))
                }
                if isLeft { step.left = place } else { step.right = place }
            }
            if operation.isPair { dropTable(ofLast: players.count) }
            steps.append(step)
            visits.append(Visit(node: visit.node, players: [], own: 0, freePlace: 0, slot: 0, isSecond: false, parentIsWide: false, closes: operation))
            visits += subtrees.reversed()
        }
    }

    private static func rowVectors(_ count: Int) -> Int { count <= 8 ? 1 : 2 }

    private mutating func appendGame(value: Double, count: Int) {
        games.append(LeafGame(value: value, count: count))
        tableStarts.append(count <= Self.tableDepth ? tableSize : -1)
        hasUntabledLeaves = hasUntabledLeaves || count > Self.tableDepth
        if count <= Self.tableDepth { tableSize += Self.rowVectors(count) << count }
    }

    /// The last leaf shares the table of the one before.
    private mutating func dropTable(ofLast count: Int) {
        guard count <= Self.tableDepth else { return }
        tableStarts[tableStarts.count - 1] = -1
        tableSize -= Self.rowVectors(count) << count
    }

    /// Counts the background's rows by the sets of players that they satisfy at each leaf.
    /// - Parameter columns: the rows' columns, block by block of `Self.rows` rows.
    mutating func take(background columns: [Rows], rows: Int) {
        let blocks = (rows + Self.rows - 1) / Self.rows
        var sets = Array(repeating: Rows.zero, count: setCount * Self.vectors)
        var small = games.map { $0.count <= Self.tableDepth ? Array(repeating: 0, count: 1 << $0.count) : [] }
        var large = Array(repeating: [UInt64: Int](), count: games.count)
        for block in 0 ..< blocks {
            walk(columns, at: columns.count / blocks * block, into: &sets)
            for leaf in games.indices {
                for row in 0 ..< min(Self.rows, rows - block * Self.rows) {
                    let satisfied = UInt16(bitPattern: sets[leaf * Self.vectors + row / Self.lanes][row % Self.lanes])
                    if small[leaf].isEmpty { large[leaf][UInt64(satisfied), default: 0] += 1 } else { small[leaf][Int(satisfied)] += 1 }
                }
            }
        }
        for leaf in games.indices {
            if small[leaf].isEmpty {
                games[leaf].take(large[leaf].map { (satisfied: $0.key, rows: $0.value) }, of: rows)
            } else {
                games[leaf].take(small[leaf].enumerated().filter { $0.element > 0 }.map { (satisfied: UInt64($0.offset), rows: $0.element) }, of: rows)
            }
            meanValue += games[leaf].meanValue
        }
    }

    /// Keeps the tables from now on.
    mutating func keepTables() { tables = madeTables() }

    /// The tables of all leaves that have one. O(Σ over leaves and their patterns of the sets that hold the pattern).
    func madeTables() -> AlignedBuffer<SIMD8<Double>> {
        var tables = Array(repeating: SIMD8<Double>.zero, count: tableSize)
        var numbers = Array(repeating: 0.0, count: Self.tableDepth << Self.tableDepth), outside = numbers
        for operation in operations {
            for leaf in [operation.firstLeaf, operation.secondLeaf].map(Int.init) where leaf >= 0 && games[leaf].count <= Self.tableDepth {
                let count = games[leaf].count
                games[leaf].writeTable(to: &numbers, outside: &outside)
                let isPartner = operation.isPair && leaf == Int(operation.secondLeaf)
                let start = tableStarts[isPartner ? Int(operation.firstLeaf) : leaf]
                for satisfied in 0 ..< 1 << count {
                    // The set that a row has at the first leaf of a pair, if it has this one at the second.
                    let row = start + Self.rowVectors(count) * (isPartner ? satisfied ^ 1 << (count - 1) : satisfied)
                    for number in 0 ..< count { tables[row + number >> 3][number & 7] += numbers[satisfied * count + number] }
                }
            }
        }
        return AlignedBuffer(tables)
    }

    /// What an untabled leaf, or pair, gives for the set X at the leaf: the numbers that a table would hold.
    func write(_ operation: Operation, leaf: Int32, satisfied: UInt64, to row: inout [Double], scratch: inout [Double]) {
        let game = games[Int(leaf)]
        game.write(satisfied: satisfied, to: &row)
        guard operation.isPair else { return }
        games[Int(operation.secondLeaf)].write(satisfied: satisfied ^ 1 << UInt64(game.count - 1), to: &scratch)
        for number in 0 ..< game.count { row[number] += scratch[number] }
    }

    /// The players that each row of a block satisfies, a bit each: at leaf l in `sets` from `l · vectors` on. O(nodes).
    /// - Parameter columns: the rows' columns, from `start` on.
    func walk(_ columns: [Rows], at start: Int, into sets: inout [Rows]) {
        guard !steps.isEmpty else { return }
        for vector in 0 ..< Self.vectors { sets[games.count * Self.vectors + vector] = .zero }
        for step in steps {
            let bit = Rows(repeating: step.bit)
            for vector in 0 ..< Self.vectors {
                let satisfied = sets[step.own * Self.vectors + vector]
                // The set of those who answered towards the child, and of those who did not.
                let towards = step.isNew ? satisfied | bit : satisfied
                let away = step.isNew ? satisfied : satisfied & ~bit
                let goesRight: SIMDMask<Rows>
                if let threshold = step.threshold {
                    goesRight = columns[start + threshold.column * Self.vectors + vector] .> Rows(repeating: Int16(threshold.rank))
                } else {
                    var shared = Rows.zero
                    for part in step.parts { shared |= columns[start + setParts[part].column * Self.vectors + vector] & Rows(repeating: Int16(setParts[part].bits)) }
                    goesRight = shared .== Rows.zero
                }
                sets[step.left * Self.vectors + vector] = towards.replacing(with: away, where: goesRight)
                sets[step.right * Self.vectors + vector] = away.replacing(with: towards, where: goesRight)
            }
        }
    }
}

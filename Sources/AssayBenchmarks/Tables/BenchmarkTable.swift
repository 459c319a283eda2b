import Glibc
import LinearAlgebra
import Models
import Training

/// The tables that benchmarks run on: a generated one, or files in NumPy's format.
struct BenchmarkTable {
    let matrix: Matrix
    let target: [Double]
    let features: [Feature]

    /// - Parameter levels: how many levels a column has, 0 = numeric.
    init(matrix: Matrix, target: [Double], levels: [Int]? = nil) {
        self.matrix = matrix
        self.target = target
        features = (0 ..< matrix.columns).map { j in
            let count = levels?[j] ?? 0
            return Feature(name: "x\(j)", kind: count == 0 ? .numeric : .categorical(levels: (0 ..< count).map { "level \($0 < 10 ? "0" : "")\($0)" }))
        }
    }

    /// `PREFIX_X.npy` (rows x columns, float32, row order) and `PREFIX_y.npy` (uint8).
    static func load(_ prefix: String) throws -> BenchmarkTable {
        let x = try NumpyFile(path: prefix + "_X.npy")
        let rows = x.shape[0]
        let columns = x.shape[1]
        var storage = [Double](repeating: 0, count: rows * columns)
        try x.forEach { index, value in storage[index % columns * rows + index / columns] = value }
        var target = [Double](repeating: 0, count: rows)
        try NumpyFile(path: prefix + "_y.npy").forEach { index, value in target[index] = value }
        return BenchmarkTable(matrix: Matrix(rows: rows, columns: columns, order: .column, storage: storage), target: target)
    }

    /// Rows of an endless table that a seed determines: 40 columns, six of them categorical with 8 to 38 levels, eight numeric ones
    /// of small whole numbers and the rest in thousandths; every fifth column misses a tenth of its values.
    /// About one row in six is positive, by a known function and chance.
    static func generated(rows: Range<Int>, seed: UInt64) -> BenchmarkTable {
        let count = rows.count
        let levels = (0 ..< 40).map { $0 % 6 == 0 && $0 > 0 ? $0 + 2 : 0 }
        var storage = [Double](repeating: 0, count: count * levels.count)
        for j in levels.indices {
            let random = CounterRandom(seed: seed, stream: UInt64(j))
            for (i, row) in rows.enumerated() {
                let u = random.uniform(at: UInt64(row))
                let x = j % 3 == 0 ? (u * Double(2 + j)).rounded(.down) : ((u * 10_000).rounded(.down) - 5_000) / 1_000
                storage[j * count + i] = j % 5 == 1 && random.bits(at: UInt64(row) | 1 << 40) % 10 == 0 ? .nan : x
            }
        }
        let noise = CounterRandom(seed: seed, stream: 1_000)
        let target = rows.enumerated().map { i, row in
            let x = { (j: Int) -> Double in storage[j * count + i].isNaN ? 0 : storage[j * count + i] }
            let level = x(12).truncatingRemainder(dividingBy: 5) - 2
            let margin = -3 + 0.5 * x(1) + 0.3 * x(2) * (x(4) > 0 ? 1 : -1) + 0.2 * x(3) + (x(7) > 2 && x(8) < 0 ? 1.5 : 0) + 0.3 * level
            return noise.uniform(at: UInt64(row)) < Portable.sigmoid(margin) ? 1.0 : 0.0
        }
        return BenchmarkTable(matrix: Matrix(rows: count, columns: levels.count, order: .column, storage: storage), target: target, levels: levels)
    }
}

/// A `.npy` file of float32 or uint8 in row order, read in small pieces so that memory figures show the fit alone.
struct NumpyFile {
    let shape: [Int]
    private let path: String
    private let start: Int
    private let isByte: Bool

    struct Unreadable: Error { let path: String }

    init(path: String) throws {
        guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var content = [UInt8](repeating: 0, count: 4_096)
        let count = fread(&content, 1, content.count, file)
        guard count > 10, content[1 ..< 6].elementsEqual("NUMPY".utf8) else { throw Unreadable(path: path) }
        start = 10 + Int(content[8]) + Int(content[9]) << 8
        guard start <= count else { throw Unreadable(path: path) }
        let header = String(decoding: content[10 ..< start], as: UTF8.self)
        isByte = header.contains("u1")
        guard isByte || header.contains("<f4"), !header.contains("'fortran_order': True"), let open = header.firstIndex(of: "("),
              let close = header.firstIndex(of: ")") else { throw Unreadable(path: path) }
        shape = header[header.index(after: open) ..< close].split { !$0.isNumber }.compactMap { Int($0) }
        self.path = path
    }

    /// Calls `body` with the place and value of each element.
    func forEach(_ body: (Int, Double) -> Void) throws {
        guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        fseek(file, start, SEEK_SET)
        let total = shape.reduce(1, *)
        let size = isByte ? 1 : 4
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var index = 0
        while index < total {
            let count = fread(&piece, 1, min(piece.count, (total - index) * size), file) / size
            guard count > 0 else { throw Unreadable(path: path) }
            for k in 0 ..< count {
                let p = k * size
                let bits = isByte ? 0 : UInt32(piece[p]) | UInt32(piece[p + 1]) << 8 | UInt32(piece[p + 2]) << 16 | UInt32(piece[p + 3]) << 24
                body(index + k, isByte ? Double(piece[p]) : Double(Float(bitPattern: bits)))
            }
            index += count
        }
    }
}

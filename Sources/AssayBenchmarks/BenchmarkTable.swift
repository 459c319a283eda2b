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
        let y = try NumpyFile(path: prefix + "_y.npy")
        let rows = x.shape[0]
        let columns = x.shape[1]
        var storage = [Double](repeating: 0, count: rows * columns)
        for j in 0 ..< columns {
            for i in 0 ..< rows { storage[j * rows + i] = x.value(at: i * columns + j) }
        }
        return BenchmarkTable(matrix: Matrix(rows: rows, columns: columns, order: .column, storage: storage),
                              target: (0 ..< rows).map { y.value(at: $0) })
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

/// A `.npy` file of float32 or uint8 in row order, held as bytes.
struct NumpyFile {
    let shape: [Int]
    private let bytes: [UInt8]
    private let start: Int
    private let isByte: Bool

    struct Unreadable: Error { let path: String }

    init(path: String) throws {
        guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var content = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        guard fread(&content, 1, content.count, file) == content.count, content.count > 10, content[1 ..< 6].elementsEqual("NUMPY".utf8) else {
            throw Unreadable(path: path)
        }
        let header = String(decoding: content[10 ..< 10 + Int(content[8]) + Int(content[9]) << 8], as: UTF8.self)
        start = 10 + Int(content[8]) + Int(content[9]) << 8
        isByte = header.contains("u1")
        guard isByte || header.contains("<f4"), !header.contains("'fortran_order': True"), let open = header.firstIndex(of: "("),
              let close = header.firstIndex(of: ")") else { throw Unreadable(path: path) }
        shape = header[header.index(after: open) ..< close].split { !$0.isNumber }.compactMap { Int($0) }
        bytes = content
    }

    @inline(__always)
    func value(at index: Int) -> Double {
        if isByte { return Double(bytes[start + index]) }
        let p = start + index * 4
        let bits = UInt32(bytes[p]) | UInt32(bytes[p + 1]) << 8 | UInt32(bytes[p + 2]) << 16 | UInt32(bytes[p + 3]) << 24
        return Double(Float(bitPattern: bits))
    }
}

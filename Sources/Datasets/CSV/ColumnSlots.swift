import Glibc

/// A column's future array while several threads fill it, each its own rows; nobody reads before all are done.
///
/// The array's storage is written through its base address: the array is not touched meanwhile, so the storage
/// stays where it is. This is what saves the second copy of a table that chunks put together would need.
final class ColumnSlots<Element: BitwiseCopyable>: @unchecked Sendable {
    private var array: [Element]
    private let base: UnsafeMutablePointer<Element>
    let count: Int

    /// Elements are undefined until written.
    init(count: Int) {
        self.count = count
        array = Array(unsafeUninitializedCapacity: max(count, 1)) { _, initialized in initialized = max(count, 1) }
        base = array.withUnsafeMutableBufferPointer { $0.baseAddress! }
        adviseHugePages()
    }

    /// Fewer page faults while a fresh array is filled.
    private func adviseHugePages() {
        let huge = 1 << 21
        let first = (UInt(bitPattern: base) + UInt(huge - 1)) & ~UInt(huge - 1)
        let last = UInt(bitPattern: base + count) & ~UInt(huge - 1)
        if last > first { madvise(UnsafeMutableRawPointer(bitPattern: first), Int(last - first), MADV_HUGEPAGE) }
    }

    @inline(__always) subscript(row: Int) -> Element {
        get {
            precondition(UInt(bitPattern: row) < UInt(bitPattern: count))
            return base[row]
        }
        set {
            precondition(UInt(bitPattern: row) < UInt(bitPattern: count))
            base[row] = newValue
        }
    }

    /// Moves runs of rows together, to the front and in their order, where rows between them stayed empty.
    func closeGaps(_ runs: [Range<Int>]) {
        var next = 0
        for run in runs {
            precondition(run.lowerBound >= next && run.upperBound <= count)
            if run.lowerBound > next { (base + next).update(from: base + run.lowerBound, count: run.count) }
            next += run.count
        }
    }

    /// The finished array's first `rows` elements; these slots are empty afterwards.
    func take(_ rows: Int) -> [Element] {
        var result = array
        array = []
        result.removeLast(result.count - rows)
        return result
    }
}

import LinearAlgebra
import Synchronization

/// A lane's value of each row: a column of its own, or the rows' bytes.
package struct LaneValues: Sendable {
    /// Keeps a column while it is read, though another lane may have taken its place.
    let column: SharedStorage<UInt8>?
    let bytes: SharedSlice<UInt8>
    /// From a row to the next.
    package let width: Int

    @inline(__always)
    package subscript(row: Int) -> UInt8 { bytes[row &* width] }
}

/// Columns of the lanes that partitions ask for most.
///
/// A partition asks one lane of many rows. In a column of bytes, 64 rows share a cache line; where the rows stand, each costs a line or more.
/// So the lanes that are asked for most have columns. A lane gets one once so many rows were asked of it as it costs to write one; where
/// there is no room, in the place of the lane asked for least, once so many more were asked. Counts fade, so that columns follow the trees.
package final class LaneColumns: Sendable {
    private struct State {
        /// A column for each lane that has one.
        var columns: [SharedStorage<UInt8>?]
        /// Rows asked of each lane, fading.
        var asked: [Int]
        var total = 0
    }

    private let table: BinnedTable
    /// The most columns.
    private let capacity: Int
    private let state: Mutex<State>

    /// What columns may take: so many bytes a row, and so many bytes in any case, which is most lanes of a small table.
    private static let bytesPerRow = 4
    private static let smallRoom = 4 << 20
    /// Counts are halved when they reach so many rows for each of the table: those of some twenty trees.
    private static let memory = 64

    package init(_ table: BinnedTable, capacity: Int? = nil) {
        self.table = table
        self.capacity = capacity ?? max(Self.bytesPerRow, Self.smallRoom / max(1, table.rowCount))
        state = Mutex(State(columns: Array(repeating: nil, count: table.lanes.count), asked: Array(repeating: 0, count: table.lanes.count)))
    }

    /// Columns at present.
    package var count: Int { state.withLock { state in state.columns.count { $0 != nil } } }

    /// Where to read `lane` of `rows` rows. Others may ask at the same time.
    package func values(ofLane lane: Int, rows: Int, threads: Int) -> LaneValues {
        state.withLock { state in
            state.asked[lane] += rows
            state.total += rows
            if state.total > Self.memory * table.rowCount {
                for k in state.asked.indices { state.asked[k] /= 2 }
                state.total /= 2
            }
            if state.columns[lane] == nil { makeColumn(lane, &state, threads) }
            if let column = state.columns[lane] { return LaneValues(column: column, bytes: column.all, width: 1) }
            return LaneValues(column: nil, bytes: table.bytes.slice(lane ..< table.bytes.count), width: table.lanes.count)
        }
    }

    private func makeColumn(_ lane: Int, _ state: inout State, _ threads: Int) {
        guard capacity > 0, state.asked[lane] > table.rowCount / 2 else { return }
        let taken = state.columns.indices.filter { state.columns[$0] != nil }
        if taken.count == capacity {
            let rival = taken.min { state.asked[$0] < state.asked[$1] }!
            guard state.asked[lane] > state.asked[rival] + table.rowCount / 2 else { return }
            // In the same memory, so that no holes come to be, unless somebody still reads the rival.
            if isKnownUniquelyReferenced(&state.columns[rival]) { state.columns.swapAt(lane, rival) } else { state.columns[rival] = nil }
        }
        let column = state.columns[lane] ?? SharedStorage(uninitializedCount: table.rowCount)
        fill(column, lane, threads)
        state.columns[lane] = column
    }

    private func fill(_ column: SharedStorage<UInt8>, _ lane: Int, _ threads: Int) {
        let width = table.lanes.count
        let chunk = 65_536
        _ = Parallel.map((table.rowCount + chunk - 1) / chunk, threads: threads) { part in
            let rows = part * chunk ..< min(table.rowCount, (part + 1) * chunk)
            let (source, target) = (table.bytes.slice(rows.lowerBound * width + lane ..< table.bytes.count), column.slice(rows))
            for k in 0 ..< target.count { target[k] = source[k &* width] }
        }
    }
}

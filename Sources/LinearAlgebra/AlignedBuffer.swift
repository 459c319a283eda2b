/// Memory of a fixed size whose first element stands at the start of a cache line, for kernels that load and store whole vectors.
///
/// Swift's arrays begin 16 bytes behind one at best, so that every load of 64 bytes from them touches two lines.
///
/// The file is on the list of those that may hold unsafe code. A buffer is `Sendable` under a rule that its users keep: one thread
/// fills it, and whoever shares it afterwards only reads.
package final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    package let start: UnsafeMutablePointer<Element>
    package let count: Int

    package init(repeating element: Element, count: Int) {
        let bytes = max(1, count) * MemoryLayout<Element>.stride
        start = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(to: Element.self, capacity: count)
        start.initialize(repeating: element, count: count)
        self.count = count
    }

    package convenience init(_ elements: [Element]) where Element: SIMD {
        self.init(repeating: Element(), count: elements.count)
        for index in elements.indices { start[index] = elements[index] }
    }

    deinit { UnsafeMutableRawPointer(start).deallocate() }
}

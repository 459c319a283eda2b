/// Memory of fixed size that parts of parallel work read together and write in disjoint ranges: what arrays cannot express.
///
/// The one unsafe file of this target. Every access is checked against the slice's bounds; what the compiler cannot check
/// is that two parts running at once never write the same element, which is the caller's promise, and that a slice does
/// not outlive its storage.
package final class SharedStorage<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let buffer: UnsafeMutableBufferPointer<Element>

    /// Starts at a cache line, so that elements whose size divides one never stand in two.
    package init(count: Int, repeating value: Element) {
        precondition(count >= 0)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
        buffer = UnsafeMutableBufferPointer(start: memory.initializeMemory(as: Element.self, repeating: value, count: count), count: count)
    }

    /// Its content is undefined: what is read must have been written.
    package init(uninitializedCount count: Int) {
        precondition(count >= 0)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
        buffer = UnsafeMutableBufferPointer(start: memory.bindMemory(to: Element.self, capacity: count), count: count)
    }

    deinit { UnsafeMutableRawPointer(buffer.baseAddress)?.deallocate() }

    package var count: Int { buffer.count }

    /// All elements.
    package var all: SharedSlice<Element> { SharedSlice(buffer) }

    package func slice(_ range: Range<Int>) -> SharedSlice<Element> { all.slice(range) }

    /// The same memory as elements of another type, as many as it has room for: to keep something else in it for a while. Neither is
    /// defined after the other was written.
    func viewed<Other: BitwiseCopyable & Sendable>(as _: Other.Type) -> SharedSlice<Other> {
        SharedSlice(UnsafeMutableRawBufferPointer(buffer).bindMemory(to: Other.self))
    }
}

/// A range of a `SharedStorage`, indexed from 0.
package struct SharedSlice<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Element>?
    package let count: Int

    fileprivate init(_ buffer: UnsafeMutableBufferPointer<Element>) {
        base = buffer.baseAddress
        count = buffer.count
    }

    private init(base: UnsafeMutablePointer<Element>?, count: Int) {
        self.base = base
        self.count = count
    }

    @inline(__always)
    package subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return base.unsafelyUnwrapped[index]
        }
        nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            base.unsafelyUnwrapped[index] = newValue
        }
    }

    @inline(__always)
    package func slice(_ range: Range<Int>) -> SharedSlice {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return SharedSlice(base: base.map { $0 + range.lowerBound }, count: range.count)
    }

    /// Copies all of `source`, which has the same length and may overlap.
    package func copy(from source: SharedSlice) {
        precondition(source.count == count)
        if let base, let start = source.base { base.update(from: start, count: count) }
    }

    /// Copies all of `source`, which has the same length.
    package func copy(from source: Span<Element>) {
        precondition(source.count == count)
        source.withUnsafeBufferPointer { source in
            if let base, let start = source.baseAddress { base.update(from: start, count: count) }
        }
    }

    /// As many elements as `Vector` has, from `index` on.
    @inline(__always)
    package func vector<Vector: SIMD & BitwiseCopyable>(_: Vector.Type, at index: Int) -> Vector where Vector.Scalar == Element {
        precondition(index >= 0 && index <= count - Vector.scalarCount)
        return UnsafeRawPointer(base.unsafelyUnwrapped + index).loadUnaligned(as: Vector.self)
    }

    @inline(__always)
    package func set<Vector: SIMD & BitwiseCopyable>(_ vector: Vector, at index: Int) where Vector.Scalar == Element {
        precondition(index >= 0 && index <= count - Vector.scalarCount)
        UnsafeMutableRawPointer(base.unsafelyUnwrapped + index).storeBytes(of: vector, as: Vector.self)
    }

    /// The memory from `index` on as one value of another type, which need not be aligned.
    @inline(__always)
    package func load<Value: BitwiseCopyable>(_: Value.Type, at index: Int) -> Value where Element == UInt8 {
        // One comparison, with a bound that does not change in a loop.
        precondition(UInt(bitPattern: index) < UInt(bitPattern: max(0, count - MemoryLayout<Value>.size + 1)))
        return UnsafeRawPointer(base.unsafelyUnwrapped + index).loadUnaligned(as: Value.self)
    }

    package func fill(_ value: Element) { base?.update(repeating: value, count: count) }

    package func withSpan<Result>(_ body: (Span<Element>) throws -> Result) rethrows -> Result {
        try body(UnsafeBufferPointer(start: base, count: count).span)
    }

    package func withMutableSpan<Result>(_ body: (inout MutableSpan<Element>) throws -> Result) rethrows -> Result {
        var span = UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
        return try body(&span)
    }
}

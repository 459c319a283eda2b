/// Memory of fixed size that parts of parallel work read together and write in disjoint ranges: what arrays cannot express.
///
/// The one unsafe file of this target. Every access is checked against the slice's bounds; what the compiler cannot check
/// is that two parts running at once never write the same element, which is the caller's promise, and that a slice does
/// not outlive its storage.
final class SharedStorage<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let buffer: UnsafeMutableBufferPointer<Element>

    init(count: Int, repeating value: Element) {
        buffer = .allocate(capacity: count)
        buffer.initialize(repeating: value)
    }

    deinit { buffer.deallocate() }

    var count: Int { buffer.count }

    /// All elements.
    var all: SharedSlice<Element> { SharedSlice(buffer) }

    func slice(_ range: Range<Int>) -> SharedSlice<Element> { all.slice(range) }
}

/// A range of a `SharedStorage`, indexed from 0.
struct SharedSlice<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Element>?
    let count: Int

    fileprivate init(_ buffer: UnsafeMutableBufferPointer<Element>) {
        base = buffer.baseAddress
        count = buffer.count
    }

    private init(base: UnsafeMutablePointer<Element>?, count: Int) {
        self.base = base
        self.count = count
    }

    @inline(__always)
    subscript(index: Int) -> Element {
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
    func slice(_ range: Range<Int>) -> SharedSlice {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return SharedSlice(base: base.map { $0 + range.lowerBound }, count: range.count)
    }

    /// Copies all of `source`, which has the same length and may overlap.
    func copy(from source: SharedSlice) {
        precondition(source.count == count)
        if let base, let start = source.base { base.update(from: start, count: count) }
    }

    func fill(_ value: Element) { base?.update(repeating: value, count: count) }

    func withSpan<Result>(_ body: (Span<Element>) throws -> Result) rethrows -> Result {
        try body(UnsafeBufferPointer(start: base, count: count).span)
    }

    func withMutableSpan<Result>(_ body: (inout MutableSpan<Element>) throws -> Result) rethrows -> Result {
        var span = UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
        return try body(&span)
    }
}

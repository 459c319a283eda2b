import CLinearAlgebra
import Glibc
import Synchronization

/// What only some BLAS libraries offer, looked up at run time, so that the reference BLAS serves too.
public enum BLASRuntime {
    /// The processor whose kernels OpenBLAS uses, such as "Zen"; nil for other libraries.
    public static var kernels: String? {
        guard let address = address("openblas_get_corename") else { return nil }
        let function = unsafeBitCast(address, to: (@convention(c) () -> UnsafePointer<CChar>?).self)
        return function().map { String(cString: $0) }
    }

    /// Kernels for every x86-64 processor, without AVX.
    package static let plainKernels = "Prescott"

    /// Gives a processor that OpenBLAS does not know the kernels of an older one with the same instructions; before each call, since it
    /// must not happen during one.
    ///
    /// A release takes processors that came after it for plain ones: Debian 12's of 2022 multiplies matrices on a server processor of 2023
    /// at a fifth of its speed. `OPENBLAS_CORETYPE`, where set, stays in force.
    @inline(__always)
    static func prepare() { _ = prepared }

    private static let prepared: Void = {
        guard kernels == plainKernels, getenv("OPENBLAS_CORETYPE") == nil, let instructions = String(validatingCString: assay_known_processor()), !instructions.isEmpty,
              let quit = address("gotoblas_dynamic_quit"), let start = address("gotoblas_dynamic_init") else { return }
        typealias Function = @convention(c) () -> Void
        setenv("OPENBLAS_CORETYPE", instructions, 1)
        unsafeBitCast(quit, to: Function.self)()
        unsafeBitCast(start, to: Function.self)()
        unsetenv("OPENBLAS_CORETYPE")
    }()

    /// Runs `body` while BLAS uses one thread; a result then is a function of the arguments alone.
    ///
    /// The library has one number of threads for the whole process: scopes may nest and overlap,
    /// the first to begin sets it to one and the last to end restores what it was.
    public static func singleThreaded<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        guard let threads else { return try body() }
        scopes.withLock { scopes in
            if scopes.open == 0 {
                scopes.outside = threads.get()
                threads.set(1)
            }
            scopes.open += 1
        }
        defer {
            scopes.withLock { scopes in
                scopes.open -= 1
                if scopes.open == 0 { threads.set(scopes.outside) }
            }
        }
        return try body()
    }

    /// The number of threads that BLAS calls use now; 1 where the library has no say in it.
    public static var threadCount: Int { threads.map { Int($0.get()) } ?? 1 }

    private static let scopes = Mutex<(open: Int, outside: Int32)>((0, 1))

    private struct Threads {
        let get: @Sendable @convention(c) () -> Int32
        let set: @Sendable @convention(c) (Int32) -> Void
    }

    private static let threads: Threads? = {
        guard let get = address("openblas_get_num_threads"), let set = address("openblas_set_num_threads") else { return nil }
        return Threads(get: unsafeBitCast(get, to: (@Sendable @convention(c) () -> Int32).self),
                       set: unsafeBitCast(set, to: (@Sendable @convention(c) (Int32) -> Void).self))
    }()

    /// The address of a function in any library that the program has loaded.
    private static func address(_ name: String) -> UnsafeMutableRawPointer? { dlsym(nil, name) }
}

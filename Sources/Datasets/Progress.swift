/// Told how far a long piece of work has come: `(done, total)` in units of the work's own.
/// Called from one thread at a time, seldom enough to cost nothing.
public typealias ProgressHandler = @Sendable (_ done: Int, _ total: Int) -> Void

import Datasets
import Glibc
import Synchronization

/// A bar on standard error for work of more than a second, where standard error is a terminal.
final class ProgressBar: Sendable {
    private struct State {
        var started = ContinuousClock.now
        var drawn = ContinuousClock.now
        var visible = false
    }

    private let title: String
    private let state = Mutex(State())

    private init(_ title: String) { self.title = title }

    /// Runs `work` with a handler that draws; the bar is gone when the work is done.
    static func during<T>(_ title: String, _ work: (ProgressHandler?) throws -> T) rethrows -> T {
        guard Console.notesGoToTerminal else { return try work(nil) }
        let bar = ProgressBar(title)
        defer { bar.clear() }
        return try work { done, total in bar.show(done, total) }
    }

    private func show(_ done: Int, _ total: Int) {
        let line: String? = state.withLock { state in
            let now = ContinuousClock.now
            guard now - state.started > .seconds(1), !state.visible || now - state.drawn > .milliseconds(100) else { return nil }
            state.drawn = now
            state.visible = true
            let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
            let filled = Int(share * 30)
            return "\r\(title) [\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 30 - filled))] \(Int(share * 100))%  "
        }
        if let line { Console.write(line, to: STDERR_FILENO) }
    }

    private func clear() {
        if state.withLock({ $0.visible }) { Console.write("\r\u{1B}[2K", to: STDERR_FILENO) }
    }
}

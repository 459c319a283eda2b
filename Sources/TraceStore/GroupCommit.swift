import Dispatch
import Synchronization

/// Makes one commit out of what many threads hand in at the same time, since a commit's cost is the disk's, whatever it
/// holds. The first to come leads: it commits all that wait, and hands the lead to one of those who came meanwhile. Each
/// caller is answered after the commit that its item was part of.
final class GroupCommit<Item: Sendable, Answer: Sendable>: Sendable {
    private final class Ticket: Sendable {
        let item: Item
        let turn = DispatchSemaphore(value: 0)
        /// nil while it waits; a ticket that is woken without an answer leads.
        let answer = Mutex<Result<Answer, any Error>?>(nil)

        init(_ item: Item) { self.item = item }
    }

    private struct Line {
        var waiting: [Ticket] = []
        var isLed = false
    }

    private let line = Mutex(Line())
    private let commit: @Sendable ([Item]) -> [Result<Answer, any Error>]

    /// - Parameter commit: one answer for each item; never called twice at a time.
    init(_ commit: @escaping @Sendable ([Item]) -> [Result<Answer, any Error>]) { self.commit = commit }

    /// Blocks until the item is committed, or is not.
    func submit(_ item: Item) throws -> Answer {
        let ticket = Ticket(item)
        let leads = line.withLock { line in
            line.waiting.append(ticket)
            defer { line.isLed = true }
            return !line.isLed
        }
        if !leads {
            ticket.turn.wait()
            if let answer = ticket.answer.withLock({ $0 }) { return try answer.get() }
        }
        return try lead(ticket)
    }

    private func lead(_ own: Ticket) throws -> Answer {
        let group = line.withLock { line in
            defer { line.waiting = [] }
            return line.waiting
        }
        let answers = commit(group.map(\.item))
        precondition(answers.count == group.count, "an answer for each item")
        let next = line.withLock { line in
            line.isLed = !line.waiting.isEmpty
            return line.waiting.first
        }
        next?.turn.signal()
        var ours: Result<Answer, any Error>?
        for (ticket, answer) in zip(group, answers) {
            if ticket === own { ours = answer; continue }
            ticket.answer.withLock { $0 = answer }
            ticket.turn.signal()
        }
        return try ours!.get()
    }
}

import Foundation
import TestSupport
import Testing
import TraceLog
import TraceStore

/// A writer that is killed at any instant, again and again, while many threads write.
struct KillStudy {
    @Test func `what was acknowledged before a kill is there, whole and once, and the log opens at once`() throws {
        let rounds = Study.size(full: 200, bounded: 6), logs = 20
        var draws = RandomDraws(seed: 9)
        var slowest = Duration.zero, total = 0, unacknowledged = 0, idle = 0
        var log = try SampleLog(inMemory: false)
        var known: [WriterProcess.Acknowledged] = []
        for round in 0 ..< rounds {
            if round % logs == 0, round > 0 {
                log = try SampleLog(inMemory: false)
                known = []
            }
            let before = try log.reader().size()
            let driver = try WriterProcess(log, threads: 1 + draws.below(8), group: 1 + draws.below(4), bytes: 20 + draws.below(3_000))
            usleep(UInt32(20_000 + draws.below(280_000)))
            driver.kill()
            let acknowledged = try driver.acknowledged()
            #expect(driver.complaints.isEmpty, "\(driver.complaints)")
            var store: TraceStore?
            slowest = max(slowest, try ContinuousClock().measure { store = try log.open() })
            try store?.close()
            known += acknowledged
            let reader = try log.reader()
            for record in acknowledged {
                #expect(try reader.number(of: record.id) == record.number && reader.record(record.number).id == record.id, "round \(round)")
            }
            // The audit finds each id at its own number and nowhere else.
            let report = try log.audit()
            #expect(report.faults == [], "round \(round)")
            #expect(Set(known).count == known.count && Set(known.map(\.number)).count == known.count)
            total += acknowledged.count
            unacknowledged += report.entries - before - acknowledged.count
            if acknowledged.isEmpty { idle += 1 }
        }
        #expect(total > rounds && slowest < .seconds(2))
        Study.record("log-kills", "\(rounds) rounds of kill -9: \(total) acknowledged records, each there once and whole; \(unacknowledged) stored and not yet acknowledged; \(idle) rounds ended before the first; slowest opening after a kill \(slowest)")
    }
}

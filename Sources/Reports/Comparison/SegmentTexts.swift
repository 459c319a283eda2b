import Documents
import OffPolicy

/// Segments in the reader's language.
enum SegmentTexts {
    static func value(_ condition: SegmentCondition, _ t: Language) -> String {
        guard t == .chinese else { return condition.value }
        return switch condition.values {
        case .level(let name): name
        case .equal(let number): NumberText.shortest(number)
        case .below(let number): "小于 \(NumberText.shortest(number))"
        case .between(let from, let to): "\(NumberText.shortest(from)) 至 \(NumberText.shortest(to))（不含）"
        case .atLeast(let number): "\(NumberText.shortest(number)) 及以上"
        case .missing: "（缺失）"
        }
    }

    static func text(_ segment: Segment, _ t: Language) -> String {
        guard t == .chinese else { return segment.text }
        return segment.conditions.map { "\($0.column) \(value($0, t))" }.joined(separator: " 且 ")
    }
}

/// The languages of pages, reports and summaries.
public enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case chinese = "zh"

    /// A text of the product in this language. Both are given where it is used, so that none is forgotten.
    public func callAsFunction(_ english: String, _ chinese: String) -> String {
        self == .english ? english : chinese
    }

    /// A text of the user, keyed by language; falls back to the other language, then to `fallback`.
    public func pick(_ texts: [String: String]?, fallback: String) -> String {
        texts?[rawValue] ?? texts?.sorted(by: { $0.key < $1.key }).first?.value ?? fallback
    }
}

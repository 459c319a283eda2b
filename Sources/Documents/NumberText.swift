/// Numbers as text, for files and tables.
public enum NumberText {
    /// The shortest decimal that reads back as the same double: `5`, `0.1`, `1e-05`; `nan`, `inf`, `-inf` otherwise.
    public static func shortest(_ value: Double) -> String {
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

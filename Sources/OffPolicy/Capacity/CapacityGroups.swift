import Datasets
import Documents

/// The values of a column as groups with a capacity each: teams, regions, weeks.
enum CapacityGroups {
    /// The group of each row, and the groups' names in the order of their appearance; missing values are a group of their own.
    static func of(_ column: Column) -> (codes: [Int32], names: [String]) {
        var codeByText: [String: Int32] = [:]
        var names: [String] = []
        func code(_ text: String) -> Int32 {
            if let code = codeByText[text] { return code }
            let code = Int32(names.count)
            codeByText[text] = code
            names.append(text)
            return code
        }
        let codes = (0 ..< column.count).map { code(column.text(at: $0) ?? "") }
        return (codes, names)
    }
}

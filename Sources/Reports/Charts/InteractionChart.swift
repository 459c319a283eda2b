import Attribution
import Glibc

/// The interaction graph: features on a circle, the larger the more they move the score; lines between those that act together, the
/// wider the more.
public enum InteractionChart {
    /// - Parameter labels: by feature. Features without a kept edge are left out; the caption says how many pairs are shown.
    public static func graph(_ graph: InteractionGraph, labels: [String], language t: Language) -> String {
        let members = Set(graph.kept.flatMap { [$0.pair.first, $0.pair.second] })
            .sorted { (a: Int, b: Int) in graph.nodes[a].importance != graph.nodes[b].importance ? graph.nodes[a].importance > graph.nodes[b].importance : a < b }
        let width = 720.0, height = 400.0, radius = 150.0, center = (x: width / 2, y: height / 2)
        var svg = SVG(width: width, height: height, title: t("Which features act together", "哪些特征共同起作用"),
                      description: t("\(members.count) features and \(graph.keptCount) of their pairs; a wider line is a stronger interaction.",
                                     "\(members.count) 个特征及其中 \(graph.keptCount) 对；线越粗，交互越强。"))
        guard !members.isEmpty else {
            svg.text(t("No two features act together: the model is additive.", "没有共同起作用的特征：模型是可加的。"), x: center.x, y: center.y, anchor: .middle, color: .muted)
            return svg.markup
        }
        var place: [Int: (x: Double, y: Double, angle: Double)] = [:]
        for (index, feature) in members.enumerated() {
            let angle = 2 * Double.pi * (Double(index) + 0.5) / Double(members.count) - Double.pi / 2
            place[feature] = (center.x + radius * Glibc.cos(angle), center.y + radius * Glibc.sin(angle), angle)
        }
        let strongest = graph.kept.first!.strength, largest = members.map { graph.nodes[$0].importance }.max() ?? 1
        for edge in graph.kept.reversed() {
            let a = place[edge.pair.first]!, b = place[edge.pair.second]!, share = edge.strength / strongest
            svg.curve((a.x, a.y), through: (center.x, center.y), (b.x, b.y), color: share > 0.5 ? .accent : .muted, width: 0.75 + 7 * share, opacity: 0.35 + 0.5 * share)
        }
        for feature in members {
            let at = place[feature]!, size = 4 + 11 * (graph.nodes[feature].importance / max(largest, 1e-300)).squareRoot()
            svg.circle(at.x, at.y, radius: size, color: .accent)
            let right = Glibc.cos(at.angle) >= 0, gap = size + 7
            // Names run outwards, so that they cross no line.
            let lines = Labels.lines(labels[feature], room: 180)
            for (index, line) in lines.enumerated() {
                let middle: Double = at.y + 4 + 10 * Glibc.sin(at.angle)
                let y: Double = middle + 14 * (Double(index) - Double(lines.count - 1) / 2)
                svg.text(line, x: right ? at.x + gap : at.x - gap, y: y, anchor: right ? .start : .end, size: 12)
            }
        }
        return svg.markup
    }
}

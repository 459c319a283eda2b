import Documents

/// From what to what decisions change: actions of the champion on the left, of the variant on the right, as high as they have deals;
/// bands between them. What stays is grey, what changes has the colour of the action that it leaves.
public struct FlowChart: Sendable {
    public struct Band: Sendable {
        public var from: String
        public var to: String
        public var deals: Double
        public init(from: String, to: String, deals: Double) {
            self.from = from
            self.to = to
            self.deals = deals
        }
    }

    public var before: String
    public var after: String
    public var bands: [Band]
    public var colors: [String: Int]

    /// - Parameters:
    ///   - before: the champion's name; `after`: the variant's.
    ///   - bands: deals by both actions, those that stay included.
    ///   - colors: the number of each action's colour, so that it is the same in every picture of a page; empty: by size.
    public init(before: String, after: String, bands: [Band], colors: [String: Int] = [:]) {
        self.before = before
        self.after = after
        self.bands = bands.filter { $0.deals > 0 }
        self.colors = colors
    }

    /// Actions that are drawn by themselves; the least of more become one.
    static let mostActions = 8

    public func markup(language t: Language) -> String {
        let bands = gathered(other: t("other actions", "其他动作"))
        let total = bands.reduce(0) { $0 + $1.deals }
        let width = 720.0, top = 34.0, field = 300.0, gap = 12.0, node = 14.0
        let names = bands.flatMap { [$0.from, $0.to] }
        let room = min(Labels.room(names.map { $0 + " 100 %" }), 210)
        let left = room + 14, right = width - room - 14
        let actions = order(bands)
        let from = places(actions, bands.map { ($0.from, $0.deals) }, total, top, field, gap)
        let to = places(actions, bands.map { ($0.to, $0.deals) }, total, top, field, gap)
        let bottom = (Array(from.values) + Array(to.values)).map { $0.y + $0.height }.max() ?? top
        var svg = SVG(width: width, height: bottom + 16, title: t("What changes: from \(before) to \(after)", "变化：从\(before)到\(after)"),
                      description: t("\(bands.count { $0.from != $0.to }) kinds of change among \(NumberText.fixed(total, decimals: 0)) deals.",
                                     "\(NumberText.fixed(total, decimals: 0)) 单中有 \(bands.count { $0.from != $0.to }) 种变化。"))
        guard total > 0 else { return svg.markup }
        // From the edges, since both may be long.
        svg.text(Labels.fitted(before, width / 2 - 20), x: 0, y: 16, size: 12, color: .muted)
        svg.text(Labels.fitted(after, width / 2 - 20), x: width, y: 16, anchor: .end, size: 12, color: .muted)
        // Bands leave and arrive in the order of the actions on the other side, so that few cross.
        var leaving = from.mapValues(\.y), arriving = to.mapValues(\.y)
        func rank(_ action: String) -> Int { actions.firstIndex(of: action)! }
        func color(_ action: String) -> Palette { colors.isEmpty ? .category(rank(action)) : colors[action].map(Palette.category) ?? .muted }
        let drawn = bands.sorted { (rank($0.from), rank($0.to)) < (rank($1.from), rank($1.to)) }
        var shapes: [(band: Band, path: String)] = []
        for band in drawn {
            let height = band.deals * from[band.from]!.scale
            let y0 = leaving[band.from]!, y1 = arriving[band.to]!
            leaving[band.from] = y0 + height
            arriving[band.to] = y1 + height
            shapes.append((band, ribbon(svg, left + node, y0, right - node, y1, height)))
        }
        for (band, path) in shapes where band.from == band.to { svg.shape(path, color: .muted, opacity: 0.18) }
        for (band, path) in shapes where band.from != band.to { svg.shape(path, color: color(band.from), opacity: 0.55) }
        for (places, x, anchor) in [(from, left, SVG.Anchor.end), (to, right - node, .start)] {
            for action in actions {
                guard let place = places[action] else { continue }
                svg.rectangle(x: x, y: place.y, width: node, height: max(place.height, 1), color: color(action))
                let share = NumberText.rounded(100 * place.height / place.scale / total, significantDigits: 2) + " %"
                let label = Labels.fitted(action, room - 50) + " " + share
                svg.text(label, x: anchor == .end ? x - 7 : x + node + 7, y: place.y + place.height / 2 + 4, anchor: anchor, size: 12)
            }
        }
        return svg.markup
    }

    private struct Place { var y: Double, height: Double, scale: Double }

    /// The largest first.
    private func order(_ bands: [Band]) -> [String] {
        var size: [String: Double] = [:]
        for band in bands {
            size[band.from, default: 0] += band.deals
            size[band.to, default: 0] += band.deals
        }
        return size.keys.sorted { size[$0]! != size[$1]! ? size[$0]! > size[$1]! : $0 < $1 }
    }

    /// One scale for both sides; labels need some room below thin nodes.
    private func places(_ actions: [String], _ shares: [(action: String, deals: Double)], _ total: Double, _ top: Double, _ field: Double, _ gap: Double) -> [String: Place] {
        var deals: [String: Double] = [:]
        for share in shares { deals[share.action, default: 0] += share.deals }
        let scale = (field - Double(actions.count) * (gap + 12)) / max(total, 1e-12)
        var places: [String: Place] = [:]
        var y = top
        for action in actions {
            guard let own = deals[action], own > 0 else { continue }
            let height = own * scale
            let space = max(height, 12)
            places[action] = Place(y: y + (space - height) / 2, height: height, scale: scale)
            y += space + gap
        }
        return places
    }

    private func ribbon(_ svg: SVG, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, _ height: Double) -> String {
        let n = svg.number, middle = (x0 + x1) / 2, height = max(height, 0.6)
        return "M\(n(x0)) \(n(y0))C\(n(middle)) \(n(y0)) \(n(middle)) \(n(y1)) \(n(x1)) \(n(y1))"
            + "V\(n(y1 + height))C\(n(middle)) \(n(y1 + height)) \(n(middle)) \(n(y0 + height)) \(n(x0)) \(n(y0 + height))Z"
    }

    private func gathered(other: String) -> [Band] {
        let actions = order(bands)
        guard actions.count > Self.mostActions else { return bands }
        let own = Set(actions.prefix(Self.mostActions - 1))
        // What moves between the actions that are put together still changes: it must not look as if it stayed.
        var sums: [String: [String: Double]] = [:]
        for band in bands {
            let from = own.contains(band.from) ? band.from : other, to = own.contains(band.to) ? band.to : other
            let target = from == other && to == other && band.from != band.to ? other + " *" : to
            sums[from, default: [:]][target, default: 0] += band.deals
        }
        return sums.flatMap { from, row in row.map { Band(from: from, to: $0.key, deals: $0.value) } }
            .sorted { $0.deals != $1.deals ? $0.deals > $1.deals : ($0.from, $0.to) < ($1.from, $1.to) }
    }
}

extension Palette {
    static let categories: [Palette] = [.accent, .negative, .truth, .ramp2, .ramp0, .ramp3, .absent, .muted]

    /// Colours of kinds without order, told apart by lightness as well; the last one for all beyond.
    static func category(_ index: Int) -> Palette { categories[min(index, categories.count - 1)] }
}

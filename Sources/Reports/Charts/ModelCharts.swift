import Models

/// Pictures of how good a model is.
public enum ModelCharts {
    /// Observed share against predicted probability, one mark a bin with its interval; on the diagonal the model keeps its word.
    public static func calibration(_ bins: [Evaluation.CalibrationBin], language: Language) -> String {
        let top = bins.map { max($0.meanPredicted, $0.observed.upper) }.max() ?? 1
        let reach = 0 ... min(1, max(top * 1.05, 0.05))
        var frame = Frame(
            title: language("Calibration", "校准图"),
            description: language("Observed share of positives against predicted probability in \(bins.count) bins of equal size.",
                                  "将客户按预测概率等分为 \(bins.count) 组，比较实际比例与预测概率。"),
            x: reach, y: reach, xLabel: language("predicted probability", "预测概率"), yLabel: language("observed share, with 95 % interval", "实际比例（含 95% 区间）"),
            percent: true)
        frame.svg.line(frame.x(reach.lowerBound), frame.y(reach.lowerBound), frame.x(reach.upperBound), frame.y(reach.upperBound), color: .muted, dash: "4 4")
        for bin in bins {
            let x = frame.x(bin.meanPredicted)
            frame.svg.line(x, frame.y(bin.observed.lower), x, frame.y(bin.observed.upper), color: .accent, width: 1.5)
            frame.svg.circle(x, frame.y(bin.observed.value), radius: 4, color: .accent)
        }
        return frame.svg.markup
    }

    /// Share of all positives found among the best-scored share of customers, against chance.
    public static func gains(_ points: [Evaluation.GainsPoint], language: Language) -> String {
        var frame = Frame(
            title: language("Gains", "增益图"),
            description: language("Share of all positives found when customers are taken in the order of their score.", "按得分从高到低联系客户时，累计覆盖的正例比例。"),
            x: 0 ... 1, y: 0 ... 1, xLabel: language("share of customers, best score first", "客户比例（得分从高到低）"),
            yLabel: language("share of all positives found", "覆盖的正例比例"), percent: true)
        frame.svg.line(frame.x(0), frame.y(0), frame.x(1), frame.y(1), color: .muted, dash: "4 4")
        let curve = [(share: 0.0, gain: Evaluation.Metric(value: 0, lower: 0, upper: 0))] + points.map { (share: $0.share, gain: $0.gain) }
        let upper = curve.map { (x: frame.x($0.share), y: frame.y(min(1, $0.gain.upper))) }
        let lower = curve.map { (x: frame.x($0.share), y: frame.y(max(0, $0.gain.lower))) }
        frame.svg.area(upper + lower.reversed(), color: .accent, opacity: 0.15)
        frame.svg.polyline(curve.map { (x: frame.x($0.share), y: frame.y($0.gain.value)) }, color: .accent)
        frame.svg.text(language("chance", "随机"), x: frame.x(0.8) + 6, y: frame.y(0.8) + 16, size: 12, color: .muted)
        return frame.svg.markup
    }
}

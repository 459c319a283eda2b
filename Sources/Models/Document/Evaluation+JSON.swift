import Documents

extension Evaluation {
    /// As documents and `assay evaluate --format json` show it (design section 6).
    public var json: JSON {
        .members([
            "rows": .int(rows),
            "positives": .int(positives),
            "metrics": Self.json(metrics),
            "brier_decomposition": brierDecomposition.map(\.json) ?? .null,
            "calibration": .array(calibration.map { bin in
                .members(["rows": .int(bin.rows), "mean_predicted": .measured(bin.meanPredicted), "observed": bin.observed.json])
            }),
            "gains": .array(gains.map { point in
                .members(["share": .measured(point.share), "gain": point.gain.json, "lift": point.lift.json])
            }),
            "segments": .array(segments.map { segment in
                .members(["column": .string(segment.column), "value": .string(segment.value), "rows": .int(segment.rows),
                          "positives": .int(segment.positives), "metrics": Self.json(segment.metrics)])
            }),
        ])
    }

    /// In the order in which people read them; others after these by name.
    private static let order = ["auc", "pr_auc", "log_loss", "brier", "rmse", "mae", "r2"]

    private static func json(_ metrics: [String: Metric]) -> JSON {
        let names = order.filter { metrics[$0] != nil } + metrics.keys.filter { !order.contains($0) }.sorted()
        return .object(JSONObject(names.map { ($0, metrics[$0]!.json) }))
    }

    init(_ reader: JSONReader) throws {
        self.init(
            rows: try reader.int("rows", 0 ... .max),
            positives: try reader.int("positives", 0 ... .max),
            metrics: try Self.metrics(reader),
            brierDecomposition: reader["brier_decomposition"] == nil ? nil : try BrierDecomposition(reader.object("brier_decomposition")),
            calibration: try reader.objects("calibration").map { try CalibrationBin($0) },
            gains: try reader.objects("gains").map { try GainsPoint($0) },
            segments: try reader.objects("segments").map { try Segment($0) })
        try reader.finish()
    }

    fileprivate static func metrics(_ reader: JSONReader) throws -> [String: Metric] {
        let metrics = try reader.object("metrics")
        return Dictionary(uniqueKeysWithValues: try reader.members("metrics").map { ($0.name, try Metric(metrics.object($0.name))) })
    }
}

extension Evaluation.Metric {
    var json: JSON { .members(["value": .measured(value), "lower": .measured(lower), "upper": .measured(upper)]) }

    fileprivate init(_ reader: JSONReader) throws {
        self.init(value: try reader.measured("value"), lower: try reader.measured("lower"), upper: try reader.measured("upper"))
        try reader.finish()
    }
}

extension Evaluation.BrierDecomposition {
    fileprivate var json: JSON {
        .members(["miscalibration": .measured(miscalibration), "discrimination": .measured(discrimination), "uncertainty": .measured(uncertainty)])
    }

    fileprivate init(_ reader: JSONReader) throws {
        self.init(miscalibration: try reader.measured("miscalibration"), discrimination: try reader.measured("discrimination"),
                  uncertainty: try reader.measured("uncertainty"))
        try reader.finish()
    }
}

extension Evaluation.CalibrationBin {
    fileprivate init(_ reader: JSONReader) throws {
        self.init(rows: try reader.int("rows", 0 ... .max), meanPredicted: try reader.measured("mean_predicted"),
                  observed: try Evaluation.Metric(reader.object("observed")))
        try reader.finish()
    }
}

extension Evaluation.GainsPoint {
    fileprivate init(_ reader: JSONReader) throws {
        self.init(share: try reader.measured("share"), gain: try Evaluation.Metric(reader.object("gain")), lift: try Evaluation.Metric(reader.object("lift")))
        try reader.finish()
    }
}

extension Evaluation.Segment {
    fileprivate init(_ reader: JSONReader) throws {
        self.init(column: try reader.string("column"), value: try reader.string("value"), rows: try reader.int("rows", 0 ... .max),
                  positives: try reader.int("positives", 0 ... .max), metrics: try Evaluation.metrics(reader))
        try reader.finish()
    }
}

/// Measured figures may be undefined or infinite, which JSON numbers cannot be: null and the texts `inf`, `-inf`.
extension JSON {
    static func measured(_ value: Double) -> JSON {
        value.isNaN ? .null : value.isInfinite ? .string(NumberText.shortest(value)) : .double(value)
    }
}

extension JSONReader {
    func measured(_ name: String) throws -> Double {
        switch self[name] {
        case nil: .nan
        case .string("inf"): .infinity
        case .string("-inf"): -.infinity
        default: try double(name)
        }
    }
}

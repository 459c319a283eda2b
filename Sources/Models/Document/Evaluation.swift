/// What held-out rows say of a model: results only. `Training` computes them, documents and reports show them.
public struct Evaluation: Sendable, Equatable {
    /// An estimate with its 95 % interval.
    public struct Metric: Sendable, Equatable {
        public var value: Double
        public var lower: Double
        public var upper: Double
        public init(value: Double, lower: Double, upper: Double) {
            self.value = value
            self.lower = lower
            self.upper = upper
        }
    }

    /// CORP decomposition (Dimitriadis, Gneiting, Jordan, PNAS 2021): Brier = miscalibration - discrimination + uncertainty.
    public struct BrierDecomposition: Sendable, Equatable {
        public var miscalibration: Double
        public var discrimination: Double
        public var uncertainty: Double
        public init(miscalibration: Double, discrimination: Double, uncertainty: Double) {
            self.miscalibration = miscalibration
            self.discrimination = discrimination
            self.uncertainty = uncertainty
        }
    }

    /// One bin of equal mass of the calibration table.
    public struct CalibrationBin: Sendable, Equatable {
        public var rows: Int
        public var meanPredicted: Double
        /// Observed share of positives with its Wilson interval.
        public var observed: Metric
        public init(rows: Int, meanPredicted: Double, observed: Metric) {
            self.rows = rows
            self.meanPredicted = meanPredicted
            self.observed = observed
        }
    }

    /// The best-scored share of the rows: what part of all positives it holds, and how many times chance that is.
    public struct GainsPoint: Sendable, Equatable {
        public var share: Double
        public var gain: Metric
        public var lift: Metric
        public init(share: Double, gain: Metric, lift: Metric) {
            self.share = share
            self.gain = gain
            self.lift = lift
        }
    }

    public struct Segment: Sendable, Equatable {
        public var column: String
        public var value: String
        public var rows: Int
        public var positives: Int
        /// Empty where the segment has one class only.
        public var metrics: [String: Metric]
        public init(column: String, value: String, rows: Int, positives: Int, metrics: [String: Metric]) {
            self.column = column
            self.value = value
            self.rows = rows
            self.positives = positives
            self.metrics = metrics
        }
    }

    public var rows: Int
    /// Rows of the positive class; 0 for regression.
    public var positives: Int
    /// Binary: auc, pr_auc, log_loss, brier. Regression: rmse, mae, r2.
    public var metrics: [String: Metric]
    public var brierDecomposition: BrierDecomposition?
    public var calibration: [CalibrationBin]
    public var gains: [GainsPoint]
    public var segments: [Segment]

    public init(rows: Int, positives: Int, metrics: [String: Metric], brierDecomposition: BrierDecomposition? = nil,
                calibration: [CalibrationBin] = [], gains: [GainsPoint] = [], segments: [Segment] = []) {
        self.rows = rows
        self.positives = positives
        self.metrics = metrics
        self.brierDecomposition = brierDecomposition
        self.calibration = calibration
        self.gains = gains
        self.segments = segments
    }
}

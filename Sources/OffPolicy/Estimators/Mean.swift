import LinearAlgebra

/// Means in a fixed order.
enum Mean {
    /// NaN of nothing.
    static func of(_ values: [Double]) -> Double { Reductions.compensatedSum(values) / Double(values.count) }

    /// `values` less their mean.
    static func centred(_ values: [Double]) -> [Double] {
        let mean = of(values)
        var result = values
        for i in result.indices { result[i] -= mean }
        return result
    }
}

import Datasets
import LinearAlgebra
import OffPolicy
import Testing

/// The simulated seller: what it says about the truth must be what its draws do.
@Suite struct SimulationTests {
    static let population = SellerSimulator(seed: 20_260).history(deals: 100_000)

    @Test(arguments: SellerSimulator.outcomes)
    func outcomesAverageToTheirExpectations(outcome: String) throws {
        let history = Self.population
        let observed = try #require(history.numbers(outcome))
        let expected = try #require(history.expected[outcome])
        let taken = history.taken
        for (action, name) in history.actions.enumerated() {
            // Deviations from the conditional mean are independent with mean 0, whatever the leads.
            let deviations = observed.indices.filter { taken[$0] == action }.map { observed[$0] - expected[$0, action] }
            let sum = deviations.reduce(0, +)
            let error = deviations.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(deviations.count > 5000)
            #expect(abs(sum) < 4 * error, "\(outcome) under \(name): \(sum / error) standard errors off")
        }
    }

    @Test func propensitiesAreProbabilitiesAndTheOnesThatWereDrawn() throws {
        let history = Self.population
        let logged = try #require(history.numbers("propensity"))
        let taken = history.taken
        for row in 0 ..< history.table.rowCount {
            let probabilities = history.propensities.row(row)
            #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
            #expect(probabilities.allSatisfy { $0 >= 0.05 })
            #expect(logged[row] == probabilities[taken[row]])
        }
        // Frequencies agree with the propensities overall and in every fifth of each propensity's range.
        for action in history.actions.indices {
            let column = history.propensities.column(action)
            let order = column.indices.sorted { column[$0] < column[$1] }
            for part in 0 ..< 5 {
                let rows = order[part * order.count / 5 ..< (part + 1) * order.count / 5]
                let count = Double(rows.count { taken[$0] == action })
                let mean = rows.reduce(0) { $0 + column[$1] }
                let error = rows.reduce(0) { $0 + column[$1] * (1 - column[$1]) }.squareRoot()
                #expect(abs(count - mean) < 4 * error, "\(history.actions[action]), fifth \(part): \((count - mean) / error) standard errors")
            }
        }
    }

    /// Plain inverse propensity weighting must find the value that the closed formulas give.
    @Test(arguments: SellerSimulator.outcomes)
    func weightingFindsTheTrueValue(outcome: String) throws {
        let history = Self.population
        let observed = try #require(history.numbers(outcome))
        let expected = try #require(history.expected[outcome])
        let taken = history.taken
        let strategy = try history.probabilities { $0.employees >= 120 ? "demo" : $0.priceRequests >= 1 ? "discount_5" : "no_offer" }
        let weighted = observed.indices.map { row in
            strategy[row, taken[row]] / history.propensities[row, taken[row]] * observed[row]
        }
        let deviations = observed.indices.map { row in
            weighted[row] - (0 ..< history.actions.count).reduce(0) { $0 + strategy[row, $1] * expected[row, $1] }
        }
        let count = Double(observed.count)
        let error = deviations.reduce(0) { $0 + $1 * $1 }.squareRoot() / count
        #expect(abs(weighted.reduce(0, +) / count - history.trueValue(of: strategy, outcome: outcome)) < 4 * error)
    }

    /// The story that the demo tells: conversion and margin point in opposite directions.
    @Test func deepDiscountsWinDealsAndLoseMoney() throws {
        let history = Self.population
        let strategies: [String: (SellerLeadView) -> String] = [
            "champion": { $0.competitor || $0.priceRequests >= 2 ? "discount_5" : $0.employees >= 500 ? "demo" : "no_offer" },
            "targeted": { $0.employees >= 120 ? "demo" : $0.priceRequests >= 1 ? "discount_5" : "no_offer" },
            "everyone": { _ in "discount_15" },
        ]
        func value(_ strategy: String, _ outcome: String) throws -> Double {
            history.trueValue(of: try history.probabilities(try #require(strategies[strategy])), outcome: outcome)
        }
        #expect(try value("targeted", "margin") > value("champion", "margin") + 200)
        #expect(try value("champion", "margin") > value("everyone", "margin") + 200)
        for other in ["champion", "targeted"] {
            #expect(try value("everyone", "win") > value(other, "win") + 0.04)
            #expect(try value("everyone", "returned") > value(other, "returned") + 0.02)
            #expect(try value("everyone", "churned") > value(other, "churned") + 0.02)
        }
    }

    @Test func theSeedSaysEverything() throws {
        let first = SellerSimulator(seed: 5).history(deals: 400)
        let again = SellerSimulator(seed: 5).history(deals: 400)
        let longer = SellerSimulator(seed: 5).history(deals: 900)
        let other = SellerSimulator(seed: 6).history(deals: 400)
        #expect(first.texts == again.texts)
        #expect(first.texts == Array(longer.texts.prefix(400)))
        #expect(zip(first.texts, other.texts).allSatisfy { $0 != $1 })
        #expect(first.propensities == again.propensities)
        #expect(first.expected == again.expected)
    }

    @Test func leadsLookLikeLeads() throws {
        let history = Self.population
        let revenue = try #require(history.numbers("annual_revenue"))
        let missing = Double(revenue.count { $0.isNaN }) / Double(revenue.count)
        #expect(missing > 0.07 && missing < 0.09)
        let price = try #require(history.numbers("list_price"))
        #expect(price.allSatisfy { $0 > 0 && $0 < 500_000 && $0 == $0.rounded() })
        let employees = try #require(history.numbers("employees"))
        #expect(employees.allSatisfy { $0 >= 3 && $0 == $0.rounded() })
        let won = try #require(history.numbers("win")), returned = try #require(history.numbers("returned"))
        let margin = try #require(history.numbers("margin"))
        for row in won.indices {
            #expect(won[row] == 1 || (returned[row] == 0 && margin[row] == 0))
            #expect(returned[row] == 0 || margin[row] < 0)
        }
        for column in history.table.columns { #expect(SellerSimulator.labels[column.name]?.keys.sorted() == ["en", "zh"], "\(column.name)") }
        for action in history.actions { #expect(SellerSimulator.labels[action] != nil) }
    }

    @Test func noDealsNoTrouble() {
        let empty = SellerSimulator(seed: 1).history(deals: 0)
        #expect(empty.table.rowCount == 0)
        #expect(empty.trueValue(of: Matrix(rows: 0, columns: 4), outcome: "win") == 0)
    }
}

/// What a rule of thumb looks at.
struct SellerLeadView {
    let employees: Double
    let priceRequests: Double
    let competitor: Bool
}

extension SimulatedHistory {
    func numbers(_ column: String) -> [Double]? {
        guard case .numeric(let values)? = table[column]?.values else { return nil }
        return values
    }

    /// Indices into `actions`.
    var taken: [Int] {
        guard case .categorical(let codes, let dictionary)? = table["offer"]?.values, dictionary == actions else { return [] }
        return codes.map(Int.init)
    }

    /// One text a row: all of its cells.
    var texts: [String] {
        (0 ..< table.rowCount).map { row in
            table.columns.map { column in
                switch column.values {
                case .numeric(let values), .time(let values): "\(values[row])"
                case .categorical(let codes, let dictionary): codes[row] < 0 ? "" : dictionary[Int(codes[row])]
                // The number of the deal is the same for every seed.
                case .identifier: ""
                }
            }.joined(separator: ",")
        }
    }

    func probabilities(_ rule: (SellerLeadView) -> String) throws -> Matrix {
        let employees = try #require(numbers("employees")), requests = try #require(numbers("price_requests"))
        guard case .categorical(let competitor, let dictionary)? = table["competitor"]?.values else { throw MissingColumn() }
        var result = Matrix(rows: table.rowCount, columns: actions.count)
        for row in employees.indices {
            let view = SellerLeadView(employees: employees[row], priceRequests: requests[row],
                                      competitor: dictionary[Int(competitor[row])] == "yes")
            result[row, try #require(actions.firstIndex(of: rule(view)))] = 1
        }
        return result
    }

    struct MissingColumn: Error {}
}

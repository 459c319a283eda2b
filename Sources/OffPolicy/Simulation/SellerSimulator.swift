import Datasets
import LinearAlgebra

/// A history whose truth is known.
public struct SimulatedHistory: Sendable {
    /// One row a deal: `deal` (identifier), features, `offer`, `propensity` and the outcomes.
    public let table: Table
    /// The columns of the matrices below, in order.
    public let actions: [String]
    /// deals x actions: the probability of every action at the time of the decision.
    public let propensities: Matrix
    /// By outcome, deals x actions: the expected outcome of this very lead under each action.
    public let expected: [String: Matrix]

    /// The mean over the deals of what a strategy would have got, in the outcome's unit.
    ///
    /// Over a large simulated history this is the strategy's true value in the population: the mean over
    /// 200,000 leads strays from it by less than a tenth of the standard error of an estimate on 5,000 deals.
    /// - Parameter probabilities: deals x actions, in the order of `actions`.
    /// - Precondition: the shape fits, and `outcome` is one of `SellerSimulator.outcomes`.
    public func trueValue(of probabilities: Matrix, outcome: String) -> Double {
        guard let expected = expected[outcome] else { preconditionFailure("no outcome '\(outcome)' is simulated") }
        precondition(probabilities.rows == expected.rows && probabilities.columns == expected.columns,
                     "\(expected.rows) x \(expected.columns) probabilities are needed, got \(probabilities.rows) x \(probabilities.columns)")
        var sum = 0.0
        for row in 0 ..< expected.rows {
            for action in 0 ..< expected.columns { sum += probabilities[row, action] * expected[row, action] }
        }
        return sum / Double(max(1, expected.rows))
    }
}

/// A seller of equipment to business customers, invented so that estimates can be held against the truth.
///
/// Every random number is addressed by (seed, kind of draw, row), so a history of more deals begins with
/// the same deals. Different seeds give independent histories of one and the same market.
public struct SellerSimulator: Sendable {
    public static let actions = SellerOffer.allCases.map(\.rawValue)
    public static let outcomes = ["win", "margin", "returned", "churned"]

    public let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// Leads with the offers that the staff made, known propensities, and what came of them. O(deals).
    public func history(deals: Int) -> SimulatedHistory {
        precondition(deals >= 0, "a history has no negative length")
        let offers = SellerOffer.allCases
        var leads: [SellerLead] = []
        var taken: [Int32] = []
        var logged: [Double] = []
        var propensities: [Double] = []
        var observed = Outcomes(capacity: deals)
        var expected = Array(repeating: [Double](), count: Self.outcomes.count)
        leads.reserveCapacity(deals)
        propensities.reserveCapacity(deals * offers.count)
        for index in expected.indices { expected[index].reserveCapacity(deals * offers.count) }
        for row in 0 ..< UInt64(deals) {
            let lead = self.lead(row)
            let probabilities = SellerMarket.propensities(for: lead)
            let choice = Self.choice(among: probabilities, at: uniform(.offer, row))
            for (index, offer) in offers.enumerated() {
                let response = SellerMarket.response(of: lead, to: offer)
                expected[0].append(response.win)
                expected[1].append(response.expectedMargin)
                expected[2].append(response.expectedReturned)
                expected[3].append(response.expectedChurned)
                if index == choice { observe(response, row, into: &observed) }
            }
            leads.append(lead)
            taken.append(Int32(choice))
            logged.append(probabilities[choice])
            propensities += probabilities
        }
        let shaped = expected.map { Matrix(rows: deals, columns: offers.count, order: .row, storage: $0) }
        let columns = featureColumns(leads) + [
            Column(name: "offer", values: .categorical(codes: taken, dictionary: Self.actions)),
            Column(name: "propensity", values: .numeric(logged)),
        ] + observed.columns
        return SimulatedHistory(
            table: Table(source: "simulated seller, seed \(seed)", columns: columns, rowCount: deals),
            actions: Self.actions,
            propensities: Matrix(rows: deals, columns: offers.count, order: .row, storage: propensities),
            expected: Dictionary(uniqueKeysWithValues: zip(Self.outcomes, shaped)))
    }

    /// What comes of offers that somebody else makes to the same leads, by the same chance as in `history`: `win`, `margin`,
    /// `returned` and `churned` of each deal.
    /// - Parameter offers: names of `actions`, one a lead.
    /// - Precondition: every name is one.
    public func outcomes(of offers: [String]) -> [Column] {
        var observed = Outcomes(capacity: offers.count)
        for (row, name) in offers.enumerated() {
            guard let offer = SellerOffer(rawValue: name) else { preconditionFailure("no offer '\(name)'") }
            observe(SellerMarket.response(of: lead(UInt64(row)), to: offer), UInt64(row), into: &observed)
        }
        return observed.columns
    }

    // MARK: - Draws

    /// What a random number is for: each has a stream of its own.
    private enum Draw: UInt64 {
        case industry = 1, region, source, credit, creditKnown, size, revenue, revenueKnown, days, visits, opens, meetings
        case customer, tenure, sensitivity, priceRequests, competitor, price, offer, win, returned, churned, amount
    }

    private func uniform(_ draw: Draw, _ row: UInt64) -> Double {
        CounterRandom(seed: seed, stream: draw.rawValue).uniform(at: row)
    }

    private func normal(_ draw: Draw, _ row: UInt64) -> Double {
        CounterRandom(seed: seed, stream: draw.rawValue).normal(at: row)
    }

    /// A geometric count from 0 with this mean.
    private func count(_ draw: Draw, _ row: UInt64, mean: Double) -> Double {
        (Portable.log1p(-uniform(draw, row)) / Portable.log(mean / (1 + mean))).rounded(.down)
    }

    /// The index at which the running sum of `probabilities` passes `u`.
    private static func choice(among probabilities: [Double], at u: Double) -> Int {
        var sum = 0.0
        for (index, probability) in probabilities.enumerated() {
            sum += probability
            if u < sum { return index }
        }
        return probabilities.count - 1
    }

    private func lead(_ row: UInt64) -> SellerLead {
        let industry = Self.choice(among: [0.14, 0.12, 0.16, 0.26, 0.2, 0.12], at: uniform(.industry, row))
        let size = normal(.size, row)
        let employees = max(3, Portable.exp(4.8 + 1.1 * size).rounded())
        let retail = SellerMarket.industries[industry] == "retail"
        let sensitivity = Portable.sigmoid(-0.5 + (retail ? 0.6 : 0) - 0.3 * size + 1.3 * normal(.sensitivity, row))
        let revenue = 0.9 * employees * Portable.exp(0.5 * normal(.revenue, row))
        let customer = uniform(.customer, row) < 0.35
        return SellerLead(
            industry: industry,
            region: Self.choice(among: [0.34, 0.22, 0.28, 0.16], at: uniform(.region, row)),
            source: Self.choice(among: [0.24, 0.16, 0.12, 0.14, 0.34], at: uniform(.source, row)),
            credit: uniform(.creditKnown, row) < 0.12 ? -1 : Self.choice(among: [0.3, 0.5, 0.2], at: uniform(.credit, row)),
            employees: employees,
            annualRevenue: uniform(.revenueKnown, row) < 0.08 ? .nan : (revenue * 10).rounded() / 10,
            daysSinceContact: min(120, count(.days, row, mean: 25)),
            webVisits: count(.visits, row, mean: 4),
            emailOpens: count(.opens, row, mean: 2),
            meetings: count(.meetings, row, mean: 0.8),
            tenureMonths: customer ? 1 + count(.tenure, row, mean: 22) : 0,
            priceRequests: count(.priceRequests, row, mean: 0.15 + 3.2 * sensitivity * sensitivity),
            competitor: uniform(.competitor, row) < 0.2 + 0.3 * sensitivity,
            listPrice: (200 * Portable.exp(0.35 * size + 0.35 * normal(.price, row))).rounded() * 100,
            priceSensitivity: sensitivity)
    }

    // MARK: - Outcomes and columns

    private struct Outcomes {
        var win: [Double] = []
        var margin: [Double] = []
        var returned: [Double] = []
        var churned: [Double] = []

        init(capacity: Int) {
            win.reserveCapacity(capacity)
            margin.reserveCapacity(capacity)
            returned.reserveCapacity(capacity)
            churned.reserveCapacity(capacity)
        }

        var columns: [Column] {
            [("win", win), ("margin", margin), ("returned", returned), ("churned", churned)].map { Column(name: $0, values: .numeric($1)) }
        }
    }

    private func observe(_ response: SellerResponse, _ row: UInt64, into outcomes: inout Outcomes) {
        let won = uniform(.win, row) < response.win
        let returned = won && uniform(.returned, row) < response.returned
        let churn = !won ? response.churnLost : returned ? response.churnReturned : response.churnKept
        let margin = !won ? 0 : returned ? response.marginReturned : response.marginKept
        let noise = 0.8 + 0.4 * uniform(.amount, row)                // mean 1: freight, exchange rates, extras
        outcomes.win.append(won ? 1 : 0)
        outcomes.margin.append((margin * noise).rounded())
        outcomes.returned.append(returned ? 1 : 0)
        outcomes.churned.append(uniform(.churned, row) < churn ? 1 : 0)
    }

    private func featureColumns(_ leads: [SellerLead]) -> [Column] {
        func numeric(_ name: String, _ value: (SellerLead) -> Double) -> Column {
            Column(name: name, values: .numeric(leads.map(value)))
        }
        func categorical(_ name: String, _ dictionary: [String], _ code: (SellerLead) -> Int) -> Column {
            Column(name: name, values: .categorical(codes: leads.map { Int32(code($0)) }, dictionary: dictionary))
        }
        var deals = TextStorage()
        for row in leads.indices {
            let digits = String(row + 1)
            deals.append("D" + String(repeating: "0", count: max(0, 7 - digits.count)) + digits)
        }
        return [
            Column(name: "deal", values: .identifier(deals)),
            categorical("industry", SellerMarket.industries, \.industry),
            categorical("region", SellerMarket.regions, \.region),
            categorical("lead_source", SellerMarket.sources, \.source),
            categorical("credit_band", SellerMarket.credits, \.credit),
            numeric("employees", \.employees),
            numeric("annual_revenue", \.annualRevenue),
            numeric("days_since_contact", \.daysSinceContact),
            numeric("web_visits", \.webVisits),
            numeric("email_opens", \.emailOpens),
            numeric("meetings", \.meetings),
            numeric("tenure_months", \.tenureMonths),
            numeric("price_requests", \.priceRequests),
            categorical("competitor", ["no", "yes"]) { $0.competitor ? 1 : 0 },
            numeric("list_price", \.listPrice),
        ]
    }
}

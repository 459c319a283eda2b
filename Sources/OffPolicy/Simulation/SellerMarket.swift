import LinearAlgebra

/// What the simulated seller can do with a lead, in the order of the history's sorted dictionary.
public enum SellerOffer: String, Sendable, CaseIterable {
    case demo
    case deepDiscount = "discount_15"
    case smallDiscount = "discount_5"
    case none = "no_offer"

    /// Share of the list price given away.
    public var discount: Double {
        switch self {
        case .demo, .none: 0
        case .smallDiscount: 0.05
        case .deepDiscount: 0.15
        }
    }
}

/// One lead of the simulated seller: everything that an outcome depends on.
struct SellerLead {
    /// Indices into `SellerMarket`'s lists.
    var industry: Int
    var region: Int
    var source: Int
    /// -1: no credit report.
    var credit: Int
    var employees: Double
    /// Million CNY a year; NaN where the firm does not publish it.
    var annualRevenue: Double
    var daysSinceContact: Double
    var webVisits: Double
    var emailOpens: Double
    var meetings: Double
    /// Months as a customer; 0 for a new one.
    var tenureMonths: Double
    var priceRequests: Double
    var competitor: Bool
    /// CNY.
    var listPrice: Double
    /// In (0, 1). The seller never sees it: requests for the price are its only trace.
    var priceSensitivity: Double
}

/// The probabilities and amounts by which one offer to one lead ends.
struct SellerResponse {
    var win: Double
    /// Given that the deal is won.
    var returned: Double
    /// CNY, given that the deal is won and kept.
    var marginKept: Double
    /// CNY, given that the deal is won and the goods come back.
    var marginReturned: Double
    var churnKept: Double
    var churnReturned: Double
    /// Given that the deal is lost; 0 for somebody who was never a customer.
    var churnLost: Double

    var expectedMargin: Double { win * ((1 - returned) * marginKept + returned * marginReturned) }
    var expectedReturned: Double { win * returned }
    var expectedChurned: Double { win * ((1 - returned) * churnKept + returned * churnReturned) + (1 - win) * churnLost }
}

/// The rules of an invented market of business customers, the same for every seed.
///
/// A demonstration convinces large firms; a discount convinces those who are sensitive to prices. A deep
/// discount wins most deals, but it also attracts orders that come back, and it eats the margin of deals
/// that would have been won anyway. So a strategy that discounts everything looks best by conversion and is
/// worst by margin. All probabilities are closed formulas of the lead, which makes the true value of any
/// strategy computable.
enum SellerMarket {
    static let industries = ["construction", "healthcare", "logistics", "manufacturing", "retail", "software"]
    static let regions = ["East", "North", "South", "West"]
    static let sources = ["cold_call", "partner", "referral", "trade_show", "web"]
    static let credits = ["A", "B", "C"]

    /// Share of the list price that the goods cost.
    static let unitCost = 0.68
    /// Share of the list price that a return costs: transport, refurbishing, resale below price.
    static let returnCost = 0.18
    /// Every offer's least propensity; the other share follows the sales staff's habits.
    static let leastPropensity = 0.05

    private static let industryWin = [-0.2, 0.1, 0.0, 0.15, -0.1, 0.2]
    private static let industryReturn = [0.0, -0.3, 0.0, -0.1, 0.4, -0.5]
    private static let regionReturn = [0.0, 0.0, 0.1, 0.5]
    private static let sourceWin = [-0.6, 0.3, 0.7, 0.0, 0.1]
    private static let creditWin = [0.2, 0.0, -0.3]
    private static let creditReturn = [-0.2, 0.0, 0.6]

    static func response(of lead: SellerLead, to offer: SellerOffer) -> SellerResponse {
        let sensitivity = lead.priceSensitivity
        let customer = lead.tenureMonths > 0
        var interest = -1.9 + industryWin[lead.industry] + sourceWin[lead.source] - 0.5 * sensitivity
        interest += 0.22 * Portable.log1p(lead.webVisits) + 0.1 * min(lead.emailOpens, 6) + 0.3 * min(lead.meetings, 4)
        interest -= 0.009 * lead.daysSinceContact + (lead.competitor ? 0.35 : 0)
        interest += (customer ? 0.5 : 0) + (lead.credit >= 0 ? creditWin[lead.credit] : -0.1)

        var risk = -3.3 + 0.6 * sensitivity + industryReturn[lead.industry] + regionReturn[lead.region]
        risk += (lead.credit >= 0 ? creditReturn[lead.credit] : 0.1) - (customer ? 0.4 : 0)
        switch offer {
        case .none: break
        case .demo:
            let large = Portable.sigmoid(2 * (Portable.log(lead.employees) - 5))     // one half at 148 employees
            interest += 0.05 + 0.95 * large
            risk -= 0.5                                                              // buyers know what they get
        case .smallDiscount:
            interest += 0.1 + 0.75 * sensitivity
            risk += 0.1 + 0.2 * sensitivity
        case .deepDiscount:
            interest += 0.35 + 1.1 * sensitivity
            risk += 0.7 + 1.0 * sensitivity
        }
        let tie = -1.5 + 0.5 * sensitivity - 0.01 * min(lead.tenureMonths, 60)
        return SellerResponse(
            win: Portable.sigmoid(interest),
            returned: Portable.sigmoid(risk),
            marginKept: lead.listPrice * (1 - offer.discount - unitCost),
            marginReturned: -lead.listPrice * returnCost,
            churnKept: Portable.sigmoid(tie + 3 * offer.discount),
            churnReturned: Portable.sigmoid(tie + 1.6),
            churnLost: customer ? Portable.sigmoid(tie + 0.6) : 0)
    }

    /// The propensity of every offer: what the staff prefers, from what it sees, beside a share left to chance.
    /// - Returns: one probability an offer, in the order of `SellerOffer.allCases`; each at least `leastPropensity`.
    static func propensities(for lead: SellerLead) -> [Double] {
        let size = Portable.log(lead.employees) - 5
        var weights = SellerOffer.allCases.map { offer in
            let preference: Double = switch offer {
            case .none: 0.3
            case .demo: -0.1 + 0.5 * size + 0.2 * min(lead.meetings, 4)
            case .smallDiscount: -0.2 + 0.3 * min(lead.priceRequests, 5) + (lead.competitor ? 0.4 : 0)
            case .deepDiscount: -1.2 + 0.2 * min(lead.priceRequests, 5) + 0.02 * lead.daysSinceContact
            }
            return Portable.exp(min(max(preference, -4), 4))
        }
        let total = weights.reduce(0, +)
        let chosen = 1 - Double(weights.count) * leastPropensity
        for index in weights.indices { weights[index] = leastPropensity + chosen * weights[index] / total }
        return weights
    }
}

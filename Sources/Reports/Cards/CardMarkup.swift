import Attribution
import Documents
import Models
import Sandbox

/// A reason card on a page: an article that prints on one sheet.
enum CardMarkup {
    static func article(_ card: ReasonCard, language t: Language) -> String {
        let wording = CardWording(t)
        let against = side(card.opposing, more: card.outcome == .wanted ? card.moreLowering : card.moreRaising, title: wording.opposingTitle(card), kind: "against", wording)
        let inFavour = side(card.supporting, more: card.outcome == .wanted ? card.moreRaising : card.moreLowering, title: wording.supportingTitle(card), kind: "for", wording)
        let sides = card.outcome == .wanted ? inFavour + against : against + inFavour
        return """
            <article class="reason-card">
            <header><h3>\(escape(wording.heading(card)))</h3>
            <p class="score"><strong>\(escape(wording.score(card)))</strong> <span>\(escape(wording.chance(card)))<br>\(escape(wording.usual(card)))</span></p></header>
            \(gauge(card, wording))
            <div class="sides">\(sides)</div>
            <div class="sides">\(block(wording.adviceTitle(), wording.advice(card)))\(card.pastDeal == nil ? "" : block(wording.pastTitle(card), wording.past(card)))</div>
            \(objections(card, wording))
            <section class="weak"><h4>\(escape(wording.weaknessTitle()))</h4><ul>\(card.weaknesses.map { "<li>\(escape(wording.weakness($0)))</li>" }.joined())</ul></section>
            <p class="foot">\(escape(wording.footnote(card)))</p>
            </article>

            """
    }

    private static func escape(_ text: String) -> String { Markup.escape(text) }

    /// Where the customer stands between no chance and certainty, with a mark where customers stand on average.
    private static func gauge(_ card: ReasonCard, _ wording: CardWording) -> String {
        guard card.isProbability else { return "" }
        func position(_ share: Double) -> String { NumberText.fixed(min(1, max(0, share)) * 100, decimals: 1) + "%" }
        let kind = card.outcome == .wanted ? "for" : "against"
        return "<div class=\"gauge\" role=\"img\" aria-label=\"\(escape("\(wording.chance(card)) \(wording.score(card)), \(wording.usual(card))"))\"><span class=\"fill \(kind)\" style=\"width:\(position(card.probability))\"></span><span class=\"mark\" style=\"left:\(position(card.usual))\"></span></div>"
    }

    private static func side(_ reasons: [ReasonCard.Reason], more: Int, title: String, kind: String, _ wording: CardWording) -> String {
        var items = reasons.map { reason -> String in
            let tag = wording.stability(reason).map { "<span class=\"tag\(reason.stability?.isFirm == true ? "" : " loose")\">\(escape($0))</span> " } ?? ""
            var item = "<li><p class=\"fact\"><b>\(escape(wording.label(reason.words)))</b> <span class=\"value\">\(escape(wording.value(reason.value, reason.words)))</span> \(tag)<span class=\"weight\">\(escape(wording.weight(reason)))</span></p>"
            item += "<div class=\"bar\"><span class=\"\(kind)\" style=\"width:\(NumberText.fixed(max(1, reason.share * 100), decimals: 1))%\"></span></div>"
            if let reading = wording.reading(reason) { item += "<p>\(escape(reading))</p>" }
            if let comparison = wording.comparison(reason) { item += "<p class=\"note\">\(escape(comparison))</p>" }
            return item + "</li>"
        }.joined(separator: "\n")
        if reasons.isEmpty { items = "<li><p>\(escape(wording.nothing()))</p></li>" }
        if let more = wording.more(more) { items += "<li class=\"more\">\(escape(more))</li>" }
        return "<section><h4>\(escape(title))</h4><ol>\(items)</ol></section>\n"
    }

    private static func block(_ title: String, _ sentences: [String]) -> String {
        "<section><h4>\(escape(title))</h4>\(sentences.map { "<p>\(escape($0))</p>" }.joined())</section>\n"
    }

    private static func objections(_ card: ReasonCard, _ wording: CardWording) -> String {
        guard !card.objections.isEmpty else { return "" }
        let items = card.objections.map { objection in
            "<div><dt>\(escape(wording.says(objection)))</dt><dd>\(escape(wording.answer(objection)))<span class=\"note\">\(escape(wording.source(objection)))</span></dd></div>"
        }.joined(separator: "\n")
        return "<section><h4>\(escape(wording.objectionsTitle(card)))</h4><dl>\(items)</dl></section>"
    }

    /// The part of the page's style that cards need.
    static let style = """
        .reason-card { border: 1px solid var(--rule); border-radius: 10px; padding: 20px 24px 12px; margin: 20px 0 32px; break-inside: avoid; }
        .reason-card p { margin: 0 0 4px; max-width: none; }
        .reason-card header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 4px 24px; }
        .reason-card h3 { margin: 0; font-size: 1.2rem; }
        .reason-card h4 { margin: 18px 0 6px; font-size: .95rem; color: var(--muted); font-weight: 600; }
        .reason-card .score { display: flex; align-items: center; gap: 12px; line-height: 1.35; }
        .reason-card .score strong { font-size: 2rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .reason-card .score span { font-size: .85rem; color: var(--muted); }
        .reason-card .gauge { position: relative; height: 10px; background: var(--panel); border: 1px solid var(--rule); border-radius: 5px; margin: 10px 0 4px; }
        .reason-card .gauge .fill { display: block; height: 100%; border-radius: 4px; }
        .reason-card .gauge .mark { position: absolute; top: -5px; bottom: -5px; width: 2px; background: var(--ink); }
        .reason-card .for { background: var(--positive); } .reason-card .against { background: var(--negative); }
        .reason-card .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 36px; }
        .reason-card ol, .reason-card ul { list-style: none; margin: 0; padding: 0; }
        .reason-card ol li { margin: 0 0 12px; font-size: .95rem; }
        .reason-card .fact { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; }
        .reason-card .weight { margin-left: auto; white-space: nowrap; }
        .reason-card .tag { font-size: .75rem; line-height: 1.5; color: var(--muted); border: 1px solid var(--rule); border-radius: 9px; padding: 0 8px; white-space: nowrap; }
        .reason-card .tag.loose { color: var(--warn); background: var(--warn-panel); border-color: transparent; }
        .reason-card .weight, .reason-card .note, .reason-card .more, .reason-card .foot { color: var(--muted); font-size: .85rem; }
        .reason-card .bar { height: 5px; background: var(--panel); border-radius: 3px; margin: 2px 0 5px; }
        .reason-card .bar span { display: block; height: 100%; border-radius: 3px; }
        .reason-card dl { margin: 0; }
        .reason-card dl div { border-left: 3px solid var(--rule); padding: 0 0 0 14px; margin: 0 0 14px; }
        .reason-card dt { font-weight: 600; } .reason-card dd { margin: 2px 0 0; max-width: 95ch; } .reason-card dd .note { display: block; margin-top: 2px; }
        .reason-card .weak { background: var(--panel); border-radius: 6px; padding: 1px 16px 10px; margin-top: 14px; }
        .reason-card .weak h4 { margin-top: 10px; } .reason-card .weak li { margin: 0 0 3px; font-size: .9rem; }
        .reason-card .foot { margin-top: 10px; }
        @media print { .reason-card { border: 0; padding: 0; } .reason-card + .reason-card { break-before: page; } }
        """
}

/// Cards of several customers as one page.
public enum CardReport {
    /// - Parameters:
    ///   - cards: of one model.
    ///   - id: SHA-256 of the model's file.
    public static func page(_ cards: [ReasonCard], id: String, language t: Language) -> String {
        let title = cards.first.map { CardWording(t).pick($0.title) } ?? ""
        var page = HTMLPage(title: t("Reason cards: \(title)", "话术锦囊：\(title)"),
                            lead: t("Why each customer has its score, what we can change, and what to say.", "每位客户为什么得这个分、我们能改变什么、该怎么说。"), language: t)
        for card in cards { page.card(card) }
        return page.markup(footer: "Assay \(Engine.version) · \(t("model", "模型")): \(cards.first?.model ?? "") \(id)")
    }
}

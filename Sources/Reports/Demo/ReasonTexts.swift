import Documents
import OffPolicy

/// Reasons of a comparison in the reader's language.
enum ReasonTexts {
    static func text(_ reason: Reason, _ t: Language) -> String {
        t(reason.text, chinese(reason))
    }

    private static func chinese(_ reason: Reason) -> String {
        switch reason {
        case .rowsLeftOut(let rows, let differs):
            "有 \(rows) 行缺少动作或结果，未计入" + (differs ? "；各动作的缺失比例不同，其余行可能不可比" : "")
        case .lowEffectiveSample(let size):
            "加权后的有效样本只有 \(Format.number(size)) 单，低于 \(Format.number(Reason.enoughDeals))"
        case .heavyWeight(let share):
            "有一单占了全部权重的 \(Format.percent(share))"
        case .supportGap(let gap):
            "该策略有 \(Format.percent(gap)) 的做法在历史中从未发生"
        case .noSupport:
            "历史中没有一单与该策略的做法一致"
        case .estimatedPropensities:
            "历史动作的概率为估计值；未记录的原因可能使结果有偏"
        case .propensitiesRaised(let deals):
            "有 \(deals) 单的估计概率过小，已被调高"
        case .outcomeNeverVaries(let actions):
            "这些动作的结果在历史中从未变化：\(actions.prefix(3).joined(separator: "、"))\(actions.count > 3 ? " 等 \(actions.count) 个" : "")；区间已相应加宽"
        case .fewClusters(let count):
            "只有 \(count) 个群组，区间为近似值"
        case .supportGapDecides:
            "在已见过的结果范围内，历史未覆盖的部分足以改变结论"
        case .estimatorsDisagree(let a, let b):
            "\(a) 与 \(b) 的差异超出偶然范围：倾向概率、权重或收益模型有误"
        case .skewed(let needed):
            "少数几单影响过大：约 \(Format.number(needed)) 单以上区间才可靠"
        case .fewOutcomes(let count):
            "有权重的单中只有 \(count) 单出现少见的结果，少于 \(Reason.enoughOutcomes)"
        case .unbalancedWeights(let mean):
            "权重均值为 \(Format.number(mean))，而非 1：记录的概率与实际不符，或该策略的做法从未发生过"
        case .confoundingCouldTurn(let gamma):
            "只要有一个未记录的原因把动作的几率改变 \(Format.number(gamma)) 倍，差异就可能反转"
        case .onlyBeforeAdjustment:
            "单独看差异显著，但考虑同时比较多个策略后不再显著"
        case .guardrailBroken(let outcome, let segment, let difference):
            "护栏被突破：\(outcome) 平均每单\(difference < 0 ? "下降" : "上升") \(Format.number(difference.magnitude))"
                + (segment.map { "（\(SegmentTexts.text($0, .chinese))）" } ?? "") + "；该策略不得批准"
        case .guardrailUnclear(let outcome):
            "历史数据无法判断 \(outcome) 能否守住护栏；该策略不得批准"
        case .worseInSegment(let segment, let difference, let count):
            "对 \(SegmentTexts.text(segment, .chinese)) 的客户更差，平均每单低 \(Format.number(difference.magnitude))" + (count > 1 ? "；另有 \(count - 1) 个客群也更差" : "")
        case .heavyTail(let index):
            "最大的权重尾部过重（尾部指数 \(Format.number(index))）：误差可能比显示的更大"
        case .propensitiesTooSmall(let action, let mean):
            "动作“\(action)”的概率倒数之和是总单数的 \(Format.number(mean)) 倍：记录的概率偏小"
        case .propensitiesMiscalibrated(let error):
            "估计的动作概率与实际比例平均相差 \(Format.percent(error))"
        case .repeatedIds(let deals):
            "有 \(deals) 单的编号与其他单重复：若为同一单，区间会过窄"
        case .timeRunsBackwards(let rows):
            "有 \(rows) 行的时间早于上一行：文件未按时间排序"
        case .learnedFromTheseDeals:
            "该策略正是从这些单中学到的，在此看起来比实际更好：请以 assay learn 给出的留出值为准，或换一批单再比较"
        case .championLearnedFromTheseDeals:
            "现行策略正是从这些单中学到的，在此看起来比实际更好，其他策略因此显得更差：请换一批单再比较"
        case .rareActions(let actions):
            "历史中不足 \(Reason.fewOfAction) 单采用过这些动作：\(actions.prefix(3).joined(separator: "、"))"
        }
    }
}

import TraceLog

/// The README of a folder of evidence.
enum EvidenceGuide {
    static func text(_ evidence: Evidence, origin: String) -> String {
        let record = evidence.record
        func list(_ names: [String], _ none: String) -> String { names.isEmpty ? none : names.map { "`\($0)`" }.joined(separator: ", ") }
        let absent = evidence.absent.isEmpty ? "" : "\nThe entry names these digests, and the log keeps no document for them: \(list(evidence.absent, "")).\n"
        return """
            # Evidence: entry \(evidence.number) of the log \(origin)

            A \(record.kind.rawValue) of \(UTCTime.text(record.time)), id `\(record.id)`, written by \(record.engine).

            To check it: `python3 verify.py`. It needs Python 3.8 and nothing else; for the signature also the package
            `cryptography` (`pip install cryptography`). Without that package it says that the signature was not checked.
            Take the log's key from its owner by another way, and give it: `python3 verify.py --key KEY`; a key out of this
            folder proves nothing against who made the folder. The same goes for this script: read it, or bring your own.

            What it shows: these bytes stood at this place in the log when the checkpoint was signed, the disclosed sections are
            those that the entry commits to, and the documents are those that it names. What it cannot show: that the log was
            not written anew as a whole before the checkpoint. Against that, compare the checkpoint with one that a witness has
            signed or that you have kept: `python3 verify.py --witness KEY`, `assay log verify --checkpoint FILE`.

            Disclosed: \(list(evidence.disclosed, evidence.isErased ? "nothing; the person was erased" : "nothing")). Committed to, and not disclosed: \(list(evidence.withheld, "nothing")).
            \(absent)
            Formats: RFC 6962 (tree), C2SP tlog-proof, tlog-checkpoint and signed-note, RFC 8785 (JSON), HMAC-SHA256 of a section's
            bytes under its salt as its commitment. Doubles are 16 hexadecimal digits, the bits of IEEE 754, high byte first.

            # 证据：日志 \(origin) 的第 \(evidence.number) 条记录

            核验方法：`python3 verify.py`。只需 Python 3.8；核验签名还需 `cryptography` 包，未安装时脚本会明确说明签名未核验。
            请通过其他途径向日志所有者取得公钥并传入：`python3 verify.py --key KEY`；仅用本文件夹内的公钥，无法防范文件夹制作者作假。

            能证明：签署检查点时，这些字节就在日志的这个位置；所披露的部分与记录中的承诺一致；所附文档就是记录所指的文档。
            不能证明：日志在检查点之前未被整体重写。为此请与见证人签署的或您自己留存的检查点比对。

            已披露：\(list(evidence.disclosed, evidence.isErased ? "无（该人资料已删除）" : "无"))。已承诺但未披露：\(list(evidence.withheld, "无"))。

            """
    }
}

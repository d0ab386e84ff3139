"""Verifies chain, seals, values and files against the audit chain, and names each kind of tampering."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines import timestamps
from pipelines.context import Office
from pipelines.steps.accounting.account import seal_places, verify_chain
from pipelines.steps.entry.evidence_check import check_evidence
from store.ops import integrity

FAULT_TEXTS = {
    "event_missing": "記録が抜けているか、順序が変わっています",
    "link_broken": "前の記録とつながりません",
    "event_changed": "記録の内容が変わっています",
    "not_as_sealed": "封印したときの記録と違います",
    "events_missing_at_end": "封印した記録が終わりからなくなっています",
    "seal_key_unknown": "この組織の鍵でない封印に差し替わっています",
    "seal_changed": "封印の内容が変わっています",
    "seal_copy_missing": "封印の写しがありません",
    "seal_differs_from_copy": "封印が写しと違います",
    "seal_missing": "封印がデータベースから消えています",
    "timestamp_differs": "タイムスタンプが封印と合いません",
    "record_changed": "確定データの値が変わっています",
    "reading_changed": "読取結果が変わっています",
    "answer_changed": "人の確認が変わっています",
    "scan_swapped": "受け付けたファイルが差し替わっています",
    "file_changed": "保管ファイルが変わったか、ありません",
    "proof_changed": "入力の証跡が変わったか、ありません",
}


@dataclass(frozen=True, slots=True)
class Examination:
    """The numbers checked, the faults with kind and place, and notes for people."""

    events: int
    seals: int
    proofs: int
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def examine(office: Office, *, chain_only: bool = False) -> Examination:
    """Verifies everything; values and files only when the chain itself is intact."""
    result = verify_chain(office)
    faults = []
    if not result.chain.ok:
        faults.append(
            _fault_text(result.chain.reason, f"{result.chain.broken_seq} 番目の記録 (first broken link)")
        )
    if result.seal_fault:
        faults.append(_fault_text(result.seal_fault, f"{result.seal_day} の封印 (first bad seal)"))
    _, copies = seal_places(office)
    faults += [
        _fault_text(what, f"{seal.stem} の封印")
        for seal in sorted(copies.glob("*.json"))
        if (what := timestamps.fault(seal))
    ]
    back = result.chain.clock_back
    # A note, no fault: a clock may be set back by mistake, and the events are still in order.
    notes = [f"時計が戻されています: {', '.join(map(str, back[:5]))} 番目の記録 (clock_back)"] if back else []
    proofs = 0
    # Hashes in a broken chain prove nothing about values and files.
    if not faults and not chain_only:
        checked = check_evidence(office)
        proofs = checked.files
        faults += [_fault_text("proof_changed", words) for words in checked.changed]
        with office.store.read() as session:
            faults += [
                _fault_text(one.kind, one.subject)
                for one in integrity.find_faults(session, office.store.files)
            ]
    return Examination(result.chain.events, result.seals, proofs, tuple(faults), tuple(notes))


def _fault_text(kind: str, where: str) -> str:
    return f"{where}: {FAULT_TEXTS.get(kind, kind)} ({kind})"

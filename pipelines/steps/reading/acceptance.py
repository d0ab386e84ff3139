"""From people's verifications to what may be accepted unseen: the thresholds are fitted anew from all that was judged.

A sample is a reading without a reason that would keep it from being accepted, judged by people who did not have the
machine's value before them: quality samples, blind and double keying. Confirmed values do not count, because whoever
reads along finds fewer errors (how many fewer, the planted answers tell). The threshold of a field type is the lowest
confidence that keeps the error target (`extractors.confidence.acceptance`); with too few samples the type stays
unproven.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from extractors.confidence.acceptance import AcceptanceState, AcceptanceThreshold, threshold
from extractors.confidence.decision import doubted
from store.database import Store
from store.ops import messages
from store.queue import labelled_readings
from store.queue.labelled_readings import ACCEPTANCE_SETTING, LabelledReading
from templates_forms.model import Form, Handling

DAYS = 180
TARGET = 0.001
STRICTER = 0.1
"""Fields that two people key may be wrong a tenth as often."""
UNSEEN = frozenset({"blind", "two", "third", "lead"})
"""Words of `record.origins` for values that were settled without the machine's value in sight."""
ACTOR = "promises"


def renew_thresholds(store: Store, forms: Mapping[str, Form]) -> dict[str, AcceptanceThreshold]:
    """Fit every field type's promise from the last half year and keep it; gives the promises."""
    with store.write() as session:
        samples = labelled_readings.since(session, datetime.now(UTC) - timedelta(days=DAYS))
        found = fit(samples, forms)
        kept = {kind: asdict(found_threshold) for kind, found_threshold in found.items()}
        if messages.get_setting(session, ACCEPTANCE_SETTING) != kept:
            messages.put_setting(session, ACCEPTANCE_SETTING, kept, actor=ACTOR)
    return found


def fit(samples: Iterable[LabelledReading], forms: Mapping[str, Form]) -> dict[str, AcceptanceThreshold]:
    """Promises by field type; `<type>:double` is the stricter one for fields that two people key."""
    by_kind: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    targets: dict[str, float] = {}
    for sample in samples:
        form = forms.get(sample.form_id)
        if form is None or sample.origin not in UNSEEN or doubted(sample.reasons):
            continue
        field = next((field for field in form.fields() if field.name == sample.field), None)
        if field is None:
            continue
        strict = field.handling is Handling.DOUBLE
        kind = f"{field.type}:double" if strict else str(field.type)
        by_kind[kind].append((sample.confidence, sample.right))
        target = (form.error_target or TARGET) * (STRICTER if strict else 1.0)
        targets[kind] = min(targets.get(kind, target), target)
    return {kind: threshold(pairs, targets[kind]) for kind, pairs in sorted(by_kind.items())}


def current_thresholds(store: Store) -> dict[str, AcceptanceThreshold]:
    """The promises that were kept last."""
    with store.read() as session:
        kept = messages.get_setting(session, ACCEPTANCE_SETTING, {})
    return {
        kind: AcceptanceThreshold(**{**values, "state": AcceptanceState(values["state"])})
        for kind, values in kept.items()
    }

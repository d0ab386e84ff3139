"""verifications → acceptance thresholds, fitted again from the labelled readings of the last half year.

A sample is a reading without a reason that prevents acceptance, settled by people who did not see the machine's value:
quality samples, blind and double keying. The threshold of a field type is the lowest confidence that keeps the error
target (`extractors.confidence.acceptance`); with too few samples the type stays unproven.
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

DAYS = 180  # a target of 0.1% needs about 3,000 samples of a field type, all of them right
TARGET = 0.001
STRICTER = 0.1
"""Factor on the target of fields that two people key: 0.01% instead of 0.1%."""
# Confirmed values do not count: a person who checks the machine's value finds fewer errors than one who keys it
# (how many fewer, the seeded checks measure).
UNSEEN = frozenset({"blind", "two", "third", "lead"})
"""Values of `record.origins` for fields settled by people who did not see the machine's value."""
# The actor in the audit chain. Chains of running offices hold this word, so it stays.
ACTOR = "promises"


def renew_thresholds(store: Store, forms: Mapping[str, Form]) -> dict[str, AcceptanceThreshold]:
    """Fit every field type's threshold from the last half year and store it; return the thresholds."""
    with store.write() as session:
        samples = labelled_readings.since(session, datetime.now(UTC) - timedelta(days=DAYS))
        found = fit(samples, forms)
        kept = {kind: asdict(fitted) for kind, fitted in found.items()}
        # Only on a change: each write is an audit event, and this runs every night.
        if messages.get_setting(session, ACCEPTANCE_SETTING) != kept:
            messages.put_setting(session, ACCEPTANCE_SETTING, kept, actor=ACTOR)
    return found


def fit(samples: Iterable[LabelledReading], forms: Mapping[str, Form]) -> dict[str, AcceptanceThreshold]:
    """Thresholds by field type; `<type>:double` is the stricter one for fields that two people key."""
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
        # Forms share a field type's samples, so the strictest form's target applies to all of them.
        targets[kind] = min(targets.get(kind, target), target)
    return {kind: threshold(pairs, targets[kind]) for kind, pairs in sorted(by_kind.items())}


def current_thresholds(store: Store) -> dict[str, AcceptanceThreshold]:
    """The thresholds that were stored last."""
    with store.read() as session:
        kept = messages.get_setting(session, ACCEPTANCE_SETTING, {})
    return {
        kind: AcceptanceThreshold(**{**values, "state": AcceptanceState(values["state"])})
        for kind, values in kept.items()
    }

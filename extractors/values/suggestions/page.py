"""Weighs free writing against knowledge: an address against its postal code, a name against its furigana."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import exp

from extractors.base import reasons
from extractors.base.model import Candidate
from extractors.recognition.free_grammar import NAME
from extractors.recognition.plan import WHOLE, FieldTask
from extractors.values import knowledge
from extractors.values.draft import Draft, logit, merge_candidates
from extractors.values.knowledge import Suggestion
from extractors.values.text import join_lines
from templates_forms.model import Field, Form

_CLEAR_LEAD = 2.0  # log odds by which ink and knowledge together must prefer another value
_SURE_KEY = 1.0  # log odds that the postal code or furigana itself must have


def weigh_page(form: Form, tasks: Sequence[FieldTask], drafts: dict[str, Draft]) -> dict[str, Draft]:
    """Returns the drafts of a page with knowledge weighed in; drafts of other fields are unchanged."""
    by_name = {task.field.name: task for task in tasks}
    refined = {task.field.name: _weigh_words(task, drafts[task.field.name]) for task in tasks}
    for rule in form.rules:
        if rule.rule not in ("postal_code_matches_address", "kana_matches_name"):
            continue
        key, target = rule.fields[0], rule.fields[1]
        task = by_name.get(target)
        if task is None or key not in drafts or WHOLE not in task.free_parts:
            continue
        found = _suggestions(rule.rule, task, drafts[key])
        if found:
            refined[target] = _weigh(task.field, refined[target], found)
    return _family_names(form, tasks, refined)


def _weigh_words(task: FieldTask, draft: Draft) -> Draft:
    """A text whose katakana consist of words; the texts of its lines are updated for the steps that follow."""
    job = task.free_parts.get(WHOLE)
    if job is None or job.content in (None, NAME):
        return draft
    for i, (line, text) in enumerate(zip(job.lines, job.texts, strict=True)):
        if knowledge.only_words(text.text, str(job.content)):
            continue
        lines = [other.text for other in job.texts]
        found = [
            replace(s, lines=(*lines[:i], *s.lines, *lines[i + 1 :]))
            for s in knowledge.word_suggestions(line, text, str(job.content))
        ]
        draft = _weigh(task.field, draft, found)
        if draft.value == join_lines(task.field, found[0].lines):
            job.texts[i] = replace(text, text=found[0].lines[i])
    return draft


def _family_names(form: Form, tasks: Sequence[FieldTask], drafts: dict[str, Draft]) -> dict[str, Draft]:
    """Names without furigana: existing names, and the family name with which the page's other names begin."""
    with_kana = {r.fields[1] for r in form.rules if r.rule == "kana_matches_name" and len(r.fields) > 1}
    names = [
        t
        for t in tasks
        if WHOLE in t.free_parts
        and t.free_parts[WHOLE].content == NAME
        and len(t.free_parts[WHOLE].lines) == 1
    ]
    families = {t.field.name: knowledge.family_of(drafts[t.field.name].value) for t in names}
    refined = dict(drafts)
    for task in names:
        name = task.field.name
        if name in with_kana and "known" in drafts[name].features:
            continue
        # People on one form often belong to one family.
        family = _most_common(families[other] for other in families if other != name)
        job = task.free_parts[WHOLE]
        found = knowledge.name_suggestions_without_kana(job.lines[0], job.texts[0], family)
        refined[name] = _weigh(task.field, drafts[name], found)
    return refined


def _most_common(families: Iterable[str]) -> str:
    """The family name with which most names on the page begin."""
    counted = Counter(family for family in families if family)
    return counted.most_common(1)[0][0] if counted else ""


def _suggestions(rule: str, task: FieldTask, key: Draft) -> list[Suggestion]:
    job = task.free_parts[WHOLE]
    if not key.value or not job.texts or _log_odds(key) < _SURE_KEY:
        return []
    if rule == "postal_code_matches_address":
        return knowledge.address_suggestions(job.lines, job.texts, key.value)
    if len(job.lines) != 1:
        return []
    return knowledge.name_suggestions(job.lines[0], job.texts[0], key.value)


def _log_odds(key: Draft) -> float:
    """Log odds of a postal code or furigana, knowledge about it included."""
    known = logit(exp(key.features["all_share"])) if "all_share" in key.features else -12.0
    return max(known, key.features.get("product", -12.0))


def _weigh(field: Field, draft: Draft, found: list[Suggestion]) -> Draft:
    """Takes the best suggestion when ink and knowledge together clearly prefer it, and adds a reason."""
    best = found[0]
    own = next((s for s in found if join_lines(field, s.lines) == draft.value), Suggestion((), 0.0, 0.0))
    value = join_lines(field, best.lines)
    listed = tuple(
        Candidate(join_lines(field, s.lines), _share(s, found), "knowledge") for s in found[:3] if s.fit > 0
    )
    features = draft.features | {
        "known": 1.0,
        "fit": best.fit if value != draft.value else own.fit,
        "lead": min(
            6.0, best.score - max((s.score for s in found if s is not best), default=best.score - 6.0)
        ),
        "tipped": 0.0,
    }
    codes = list(draft.reasons)
    if value == draft.value:
        pass
    elif best.score - own.score >= _CLEAR_LEAD:
        codes.append(reasons.KNOWLEDGE_USED)
        features["tipped"] = min(-best.ink, 12.0)
        ink = Candidate(draft.value, max((c.probability for c in draft.candidates), default=0.0), "line")
        return replace(
            draft,
            value=value,
            reasons=tuple(dict.fromkeys(codes)),
            candidates=merge_candidates(listed, (ink,), draft.candidates),
            weak=tuple(
                i for i, pair in enumerate(zip(value, draft.value, strict=False)) if pair[0] != pair[1]
            ),
            features=features,
            cells=(),
        )
    else:
        codes.append(reasons.KNOWLEDGE_DIFFERS)
    return replace(
        draft,
        reasons=tuple(dict.fromkeys(codes)),
        candidates=merge_candidates(draft.candidates, listed),
        features=features,
    )


def _share(suggestion: Suggestion, among: Sequence[Suggestion]) -> float:
    """Probability of a suggestion among all of them, ink and knowledge together."""
    top = among[0].score
    return exp(suggestion.score - top) / sum(exp(other.score - top) for other in among)

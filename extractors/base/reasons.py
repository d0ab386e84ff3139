"""Every reason to doubt a reading, with the sentence shown to the verifier."""

from __future__ import annotations

from foundation.words import words

READERS_DISAGREE = "readers_disagree"
INK_UNREAD = "ink_unread"
INK_OUTSIDE_BOX = "ink_outside_box"
STRUCK_OUT = "struck_out"
CONFUSABLE = "confusable"
VARIANT_CHARACTER = "variant_character"
RULE_FAILED = "rule_failed"
FAINT = "faint"
REGISTRATION_WEAK = "registration_weak"
EMPTY_REQUIRED = "empty_required"
TOO_LONG = "too_long"
NO_CHARACTER = "no_character"
GAP_IN_NUMBER = "gap_in_number"
INCOMPLETE = "incomplete"
SEVERAL_MARKS = "several_marks"
MARK_UNCLEAR = "mark_unclear"
MARK_CANCELLED = "mark_cancelled"
INK_IN_EMPTY = "ink_in_empty"
KNOWLEDGE_DIFFERS = "knowledge_differs"
KNOWLEDGE_USED = "knowledge_used"
BARCODE_UNREADABLE = "barcode_unreadable"
FREE_WRITING = "free_writing"

CODES = frozenset(
    {
        READERS_DISAGREE,
        INK_UNREAD,
        INK_OUTSIDE_BOX,
        STRUCK_OUT,
        CONFUSABLE,
        VARIANT_CHARACTER,
        RULE_FAILED,
        FAINT,
        REGISTRATION_WEAK,
        EMPTY_REQUIRED,
        TOO_LONG,
        NO_CHARACTER,
        GAP_IN_NUMBER,
        INCOMPLETE,
        SEVERAL_MARKS,
        MARK_UNCLEAR,
        MARK_CANCELLED,
        INK_IN_EMPTY,
        KNOWLEDGE_DIFFERS,
        KNOWLEDGE_USED,
        BARCODE_UNREADABLE,
        FREE_WRITING,
    }
)
"""Every reason; their sentences stand in `foundation/vocabulary`."""


def rule_failed(rule: str) -> str:
    """Returns the reason code of a failed rule: ``rule_failed:<rule>``."""
    return f"{RULE_FAILED}:{rule}"


def sentence(code: str, language: str = "ja") -> str:
    """The sentence for a reason code, Japanese or English; the code itself when it is unknown."""
    return words(language).reason(code)

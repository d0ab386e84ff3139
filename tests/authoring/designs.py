"""The blanks drawn for the measurement, by name. ``held_out`` was drawn and not looked at while the rules were made."""

from __future__ import annotations

from collections.abc import Callable

from tests.authoring import design_hojokin, design_ido, design_inu, design_kaigo, design_suido
from tests.authoring.pencil import Pencil

DESIGNS: dict[str, Callable[[], Pencil]] = {
    "ido": design_ido.draw,
    "kaigo": design_kaigo.draw,
    "hojokin": design_hojokin.draw,
    "suido": design_suido.draw,
}
HELD_OUT: dict[str, Callable[[], Pencil]] = {"inu": design_inu.draw}

"""The blanks drawn for the measurement, by name. ``held_out`` was drawn and not looked at while the rules were made."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.rigs.designs import hojokin, ido, inu, kaigo, suido
from benchmarks.rigs.designs.pencil import Pencil

DESIGNS: dict[str, Callable[[], Pencil]] = {
    "ido": ido.draw,
    "kaigo": kaigo.draw,
    "hojokin": hojokin.draw,
    "suido": suido.draw,
}
HELD_OUT: dict[str, Callable[[], Pencil]] = {"inu": inu.draw}

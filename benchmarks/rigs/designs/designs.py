"""The blanks drawn for the measurement, by name. ``held_out`` was not used while the rules were written."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.rigs.designs import hojokin, ido, inu, kaigo, suido
from benchmarks.rigs.designs.form_canvas import FormCanvas

DESIGNS: dict[str, Callable[[], FormCanvas]] = {
    "ido": ido.draw,
    "kaigo": kaigo.draw,
    "hojokin": hojokin.draw,
    "suido": suido.draw,
}
HELD_OUT: dict[str, Callable[[], FormCanvas]] = {"inu": inu.draw}

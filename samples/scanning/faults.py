"""The faults of printing, paper and scanner, chosen at random."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

LEVELS = ("none", "light", "all")


@dataclass(frozen=True, slots=True)
class Faults:
    """How one sheet was printed and scanned; the defaults are a perfect scan.

    Attributes:
        skew: degrees, clockwise.
        scale: size of the picture against the sheet, 1 is true.
        stretch: height against width, 1 is true.
        shift_mm: right and down.
        turn: quarter turns clockwise; 2 is upside down.
        toner: 1 full, 0.35 faint print.
        exposure: below 0 a dark copy, above 0 a pale one.
        blur: px at 300 dpi.
        noise: grey levels.
        quality: JPEG quality of the file.
        bilevel: one bit per pixel, as a fax.
        dpi: of the file.
        paper: BGR tint of the paper, 0 to 1.
        holes: two punch holes at the left.
        fold: mm of a folded top or bottom corner, 0 for none.
        dust: number of specks and hairs on a page.
        streak: a line down the page from dirt on the glass.
        show_through: 0 to 1, how strongly the other side is visible.
        colour: the file keeps colour.
    """

    skew: float = 0.0
    scale: float = 1.0
    stretch: float = 1.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    turn: int = 0
    toner: float = 1.0
    exposure: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    quality: int = 70
    bilevel: bool = False
    dpi: int = 200
    paper: tuple[float, float, float] = (1.0, 1.0, 1.0)
    holes: bool = False
    fold: float = 0.0
    dust: int = 0
    streak: bool = False
    show_through: float = 0.0
    colour: bool = False

    def names(self) -> list[str]:
        """Return the names of the noticeable faults, for ``made.json``."""
        checks = {
            "skew": abs(self.skew) > 0.8,
            "scale": abs(self.scale - 1) > 0.008,
            "stretch": abs(self.stretch - 1) > 0.006,
            "shift": max(abs(self.shift_mm[0]), abs(self.shift_mm[1])) > 2,
            "upside_down": self.turn == 2,
            "quarter_turn": self.turn in (1, 3),
            "faint_toner": self.toner < 0.7,
            "dark_copy": self.exposure < -0.2,
            "pale_copy": self.exposure > 0.2,
            "jpeg_blocks": self.quality < 35 and not self.bilevel,
            "fax": self.bilevel,
            "coloured_paper": self.paper != (1.0, 1.0, 1.0),
            "punch_holes": self.holes,
            "folded_corner": self.fold > 0,
            "dust": self.dust > 20,
            "streak": self.streak,
            "show_through": self.show_through > 0,
        }
        return [name for name, there in checks.items() if there]


CREAM, PINK, GREEN, BLUE = (0.86, 0.97, 0.99), (0.93, 0.9, 0.99), (0.9, 0.97, 0.9), (0.97, 0.94, 0.88)
PAPERS = (CREAM, PINK, GREEN, BLUE)
"""Cream, pink, green, blue."""


def draw(
    chance: Random, level: str, *, bilevel: bool = False, dpi: int = 200, colour: bool = False
) -> Faults:
    """Return random faults of one sheet.

    Args:
        chance: the random source.
        level: ``none`` (straight and clean), ``light`` (a good office scanner) or ``all``.
        bilevel: the file will have one bit per pixel.
        dpi: of the file.
        colour: the file keeps colour.

    Raises:
        ValueError: the level is not one of ``LEVELS``.
    """
    if level not in LEVELS:
        raise ValueError(f"faults must be one of {', '.join(LEVELS)}, not {level!r}")
    base = {"bilevel": bilevel, "dpi": dpi, "colour": colour}
    if level == "none":
        return Faults(quality=85, **base)  # type: ignore[arg-type]
    if level == "light":
        return Faults(
            skew=chance.gauss(0, 0.35),
            scale=chance.gauss(1, 0.003),
            shift_mm=(chance.gauss(0, 0.7), chance.gauss(0, 0.7)),
            blur=chance.uniform(0.4, 1.1),
            noise=chance.uniform(0.5, 2.5),
            quality=chance.randrange(60, 85),
            dust=chance.randrange(0, 6),
            **base,  # type: ignore[arg-type]
        )
    return _heavy(chance, bilevel, dpi, colour)


def _heavy(chance: Random, bilevel: bool, dpi: int, colour: bool) -> Faults:
    def with_probability(share: float) -> bool:
        return chance.random() < share

    toner = chance.uniform(0.45, 0.7) if with_probability(0.12) else 1.0
    off = chance.uniform(0.25, 0.6) if with_probability(0.18) else 0.0
    # A pale copy of a faint print is unreadable even for people, so faint prints only get darker copies.
    exposure = -off if toner < 1 or with_probability(0.5) else off
    return Faults(
        skew=max(-3.0, min(3.0, chance.gauss(0, 1.1))),
        scale=max(0.98, min(1.02, chance.gauss(1, 0.008))),
        stretch=chance.uniform(0.988, 1.012) if with_probability(0.4) else 1.0,
        shift_mm=(chance.gauss(0, 1.8), chance.gauss(0, 1.8)),
        # Upside down is the usual mistake; a quarter turn is rare.
        turn=chance.choices((0, 2, 1, 3), (0.84, 0.1, 0.03, 0.03))[0],
        toner=toner,
        exposure=exposure,
        blur=chance.uniform(0.4, 1.8),
        noise=chance.uniform(1, 6),
        quality=chance.randrange(18, 34) if with_probability(0.15) else chance.randrange(45, 80),
        bilevel=bilevel,
        dpi=dpi,
        paper=chance.choice(PAPERS) if with_probability(0.12) else (1.0, 1.0, 1.0),
        holes=with_probability(0.15),
        fold=chance.uniform(8, 22) if with_probability(0.1) else 0.0,
        dust=chance.randrange(25, 90) if with_probability(0.25) else chance.randrange(0, 8),
        streak=with_probability(0.06),
        show_through=chance.uniform(0.06, 0.2) if with_probability(0.1) else 0.0,
        colour=colour,
    )

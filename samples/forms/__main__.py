"""``python -m samples.forms``: draws the sample forms into template folders."""

from __future__ import annotations

import argparse
from pathlib import Path

from samples.forms import hoiku, jido_teate, kyufukin
from samples.forms.build import build_template
from samples.forms.overlay import overlay

FORMS = (jido_teate.draw, hoiku.draw, kyufukin.draw)


def main(arguments: list[str] | None = None) -> int:
    """Draw all sample forms; with ``--overlay`` also pictures of their boxes."""
    parser = argparse.ArgumentParser(prog="python -m samples.forms", description="見本の帳票を描きます")
    parser.add_argument("--out", type=Path, default=Path("templates_forms"), help="where the folders go")
    parser.add_argument("--overlay", type=Path, help="also draw the boxes over the blanks into this folder")
    options = parser.parse_args(arguments)
    for draw in FORMS:
        form = build_template(draw(), options.out)
        print(f"{form.folder}  {form.title}  {sum(1 for _ in form.fields())} fields")
        for path in overlay(form, options.overlay) if options.overlay else ():
            print(f"  {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

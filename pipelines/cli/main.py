"""Puts the commands together and turns the rooms' errors into sentences and exit codes."""

from __future__ import annotations

from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from bots.tools.cli import app as bot_app
from foundation.errors import UtsushiError
from pipelines.cli import auditing, figures, keeping, office, reading, serving, templates


class Commands(TyperGroup):
    """Ends the command with the message and exit code of any UtsushiError."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except UtsushiError as error:  # any other exception is a fault of the program and keeps its traceback
            # Without markup: names of files may hold brackets, which rich would take for styles.
            Console(stderr=True).print(str(error), markup=False, style="red")
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(
    name="utsushi",
    cls=Commands,
    help="写し: 紙の申請書を読み取り、確認し、既存の業務システムに入力します。"
    " (Paper applications in, confirmed rows in a legacy system out.)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # typer's tracebacks print local variables, which hold personal data
)
reading.add_to(app)
serving.add_to(app)
office.add_to(app)
keeping.add_to(app)
figures.add_to(app)
app.add_typer(templates.app, name="template")
app.add_typer(bot_app, name="bot")
app.add_typer(auditing.app, name="audit")
app.add_typer(auditing.keys_app, name="keys")
app.add_typer(office.user_app, name="user")


def main() -> None:
    """The console script's entry point."""
    app()

"""Puts the commands together and turns the rooms' errors into sentences and exit codes."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from bots.base.errors import BotError
from bots.tools.cli import app as bot_app
from extractors.base.errors import ExtractionError
from pipelines.cli import auditing, figures, keeping, office, reading, serving, templates
from pipelines.errors import PipelineError
from store.base.errors import StoreError
from templates_forms.authoring.errors import AuthorError
from templates_forms.errors import TemplateError

BAD_INPUT = 2
FAILED = 1

app = typer.Typer(
    name="utsushi",
    help="写し: 紙の申請書を読み取り、確認し、既存の業務システムに入力します。"
    " (Paper applications in, confirmed rows in a legacy system out.)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
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
    """The console script's entrance."""
    errors = Console(stderr=True)
    try:
        app()
    except TemplateError as error:
        errors.print(str(error), markup=False, style="red")
        sys.exit(BAD_INPUT)
    except (AuthorError, BotError, ExtractionError, PipelineError, StoreError) as error:
        errors.print(str(error), markup=False, style="red")
        sys.exit(FAILED)

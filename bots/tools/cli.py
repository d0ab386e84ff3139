"""``utsushi bot …``: one system alone, from a CSV of Records. Exit codes: 0 done, 2 bad usage, 3 some need a person."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from bots.base.errors import RecordsFileError, SetupError
from bots.browser.launch import BrowserSettings, has_display
from bots.run.evidence import TraceMode
from bots.run.grants import Request, request_of
from bots.run.journal import Decision, SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.explain.explain import explain
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord, Outcome
from bots.tools.check import check_bot
from bots.tools.export import export
from bots.tools.record import record
from bots.tools.records_file import read_records, write_outcomes

# Not 1, which is Python's status for an error that nobody handled.
DONE, BAD_USAGE, NEED_A_PERSON = 0, 2, 3

app = typer.Typer(help="旧システムへの入力 / entering Records into a legacy web system", no_args_is_help=True)

BotPath = Annotated[Path, typer.Argument(help="bot.yaml またはそのフォルダー / the file or its folder")]
FormName = Annotated[str, typer.Option("--form", help="帳票 (bot.yamlに複数あるとき) / which of its forms")]


def run_bot(
    bot_path: Path,
    records: Path,
    journal: Path,
    evidence: Path,
    form: str = "",
    outcomes: Path | None = None,
    settings: RunSettings | None = None,
) -> list[Outcome]:
    """Enter a CSV of Records; the function behind ``bot run``.

    Raises:
        BotError: the bot, the records file or this machine is not usable.
    """
    bot = load_bot(bot_path, form)
    wanted = read_records(records, bot)
    kept = SqliteJournal(journal)
    try:
        done = Runner(bot, kept, evidence, settings).run(wanted)
    finally:
        kept.close()
    if outcomes is not None:
        write_outcomes(outcomes, done)
    return done


def exit_code(outcomes: list[Outcome]) -> int:
    """0 when every Record is confirmed, else 3."""
    return DONE if all(o.status == "confirmed" for o in outcomes) else NEED_A_PERSON


@app.command("run")
def run_command(
    bot: BotPath,
    records: Annotated[Path, typer.Option(help="確定データのCSV / the Records, CSV in UTF-8")],
    journal: Annotated[Path, typer.Option(help="ジャーナル (SQLite) / the write-ahead journal")],
    evidence: Annotated[Path, typer.Option(help="証跡のフォルダー / folder for pictures and receipts")],
    form: FormName = "",
    outcomes: Annotated[Path | None, typer.Option(help="結果のCSV / where to write the outcomes")] = None,
    headed: Annotated[bool, typer.Option("--headed", help="画面を表示する / show the browser")] = False,
    base_url: Annotated[str, typer.Option(help="接続先を変える / another address, as of a test system")] = "",
    account: Annotated[
        str, typer.Option(help="秘密情報の名前に付ける口座名 / use secrets NAME_ACCOUNT")
    ] = "",
    secrets: Annotated[Path | None, typer.Option(help="秘密情報ファイル / file of NAME=value lines")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="登録の直前で止める / stop before saving")
    ] = False,
    supervised: Annotated[
        bool, typer.Option("--supervised", help="一件ごとに人が確かめる / ask each time")
    ] = False,
    pause_file: Annotated[Path | None, typer.Option(help="あれば待つ / wait while this file exists")] = None,
    trace: Annotated[
        str, typer.Option(help="失敗の操作記録 / trace failures: always, repeated, never")
    ] = "repeated",
) -> None:
    """Recordを一件ずつ、一度だけ入力する / enter each Record exactly once."""
    if (headed or supervised) and not has_display():
        raise SetupError(
            "画面のない機械では --headed と --supervised は使えません。画面のある機械で実行してください。",
            "--headed and --supervised need a display, and this machine shows none (DISPLAY is not set)",
        )
    settings = RunSettings(
        # The person who decides has to see the page.
        browser=BrowserSettings(headed=headed or supervised),
        base_url=base_url,
        account=account,
        secrets_file=secrets,
        trace=_trace_mode(trace),
        dry_run=dry_run,
        supervisor=_confirm_submit if supervised else None,
        pause_file=pause_file,
        on_outcome=_print_outcome,
        file_folders=(records.parent,),
    )
    done = run_bot(bot, records, journal, evidence, form, outcomes, settings)
    counts = Counter(o.status for o in done)
    typer.echo(" ".join(f"{status}={count}" for status, count in sorted(counts.items())) or "0")
    raise typer.Exit(exit_code(done))


def _trace_mode(word: str) -> TraceMode:
    for mode in get_args(TraceMode):
        if word == mode:
            return cast("TraceMode", mode)
    raise typer.BadParameter("always, repeated, never")


def _print_outcome(outcome: Outcome) -> None:
    words = [outcome.key, outcome.status, outcome.receipt, outcome.reason]
    typer.echo("  ".join(w for w in words if w))


def _confirm_submit(record: BotRecord, picture: Path | None) -> bool:
    shown = f" ({picture})" if picture else ""
    # No by default: the Enter key alone must not submit.
    return typer.confirm(f"{record.key}: 登録しますか / submit?{shown}", default=False)


@app.command("check")
def check_command(
    bot: BotPath,
    form: FormName = "",
    records: Annotated[
        Path | None, typer.Option(help="この CSV の列と照らす / check against its columns")
    ] = None,
    dry_walk: Annotated[
        bool, typer.Option("--dry-walk", help="最初のRecordで直前まで動かす / walk with row 1")
    ] = False,
    existing: Annotated[
        Path | None,
        typer.Option(help="登録済みの1件のCSV: find と read_back を試す / a Record that is in the system"),
    ] = None,
    base_url: Annotated[str, typer.Option(help="接続先を変える / another address")] = "",
    account: Annotated[
        str, typer.Option(help="秘密情報の名前に付ける口座名 / use secrets NAME_ACCOUNT")
    ] = "",
    secrets: Annotated[Path | None, typer.Option(help="秘密情報ファイル / file of NAME=value lines")] = None,
) -> None:
    """bot.yamlを確かめる / check a bot.yaml without entering anything."""
    folders = (records.parent,) if records is not None else ()
    settings = RunSettings(base_url=base_url, account=account, secrets_file=secrets, file_folders=folders)
    sample = _sample(bot, form, records) if records is not None else None
    fields = list(sample.values) if sample is not None else None
    stored = _sample(bot, form, existing) if existing is not None else None
    result = check_bot(bot, fields, sample if dry_walk else None, form, settings, stored)
    for line in result.errors:
        typer.echo(f"✗ {line}", err=True)
    for line in result.warnings:
        typer.echo(f"! {line}")
    for one in result.bots:
        typer.echo(f"? {one.id}: {_asked(request_of(one))}")
    if result.good:
        typer.echo(f"✓ {', '.join(b.id for b in result.bots)}")
    raise typer.Exit(DONE if result.good else BAD_USAGE)


def _asked(request: Request) -> str:
    hosts, secrets = ", ".join(request.hosts), ", ".join(request.secrets) or "—"
    files = ("あり", "yes") if request.uploads else ("なし", "no")
    return (
        f"接続先 {hosts}、秘密情報 {secrets}、ファイル送信 {files[0]}"
        f" / asks for hosts {hosts}, secrets {secrets}, files {files[1]}"
    )


def _sample(path: Path, form: str, records: Path) -> BotRecord:
    found = read_records(records, load_bot(path, form))
    if not found:
        raise RecordsFileError(f"{records} に行がありません。", f"{records} has no rows")
    return found[0]


@app.command("explain")
def explain_command(
    bot: BotPath,
    form: FormName = "",
    english: Annotated[bool, typer.Option("--english", help="英語で / in English")] = False,
) -> None:
    """手順を普通の言葉で書く / write the steps in plain words."""
    typer.echo(explain(load_bot(bot, form), "en" if english else "ja"))


@app.command("record")
def record_command(
    script: Annotated[
        Path, typer.Argument(help="playwright codegen --target python の出力 / codegen's script")
    ],
    out: Annotated[Path, typer.Option(help="作るbot.yaml / the bot.yaml to write")],
    system: Annotated[str, typer.Option(help="システムのID / the system's id")] = "new_system",
) -> None:
    """録画した操作からbot.yamlの下書きを作る / a first bot.yaml from a recorded session."""
    record(script, out, system)
    typer.echo(str(out))


@app.command("settle")
def settle_command(
    bot: BotPath,
    journal: Annotated[Path, typer.Option(help="ジャーナル (SQLite) / the write-ahead journal")],
    key: Annotated[str, typer.Option(help="Recordのキー / the Record's key")],
    decision: Annotated[
        str,
        typer.Option(
            "--as",
            help="absent 無い・再入力 (enter again), confirmed 正しくある (it is there), refused 入力しない (give up)",
        ),
    ],
    who: Annotated[str, typer.Option("--by", help="判断した人 / who decided")],
    reason: Annotated[str, typer.Option(help="何を見たか / what was seen")],
    form: FormName = "",
) -> None:
    """人が業務システムを見て決めたことを書く / a person's decision about a Record that is unknown or differs."""
    if decision not in get_args(Decision):
        raise typer.BadParameter(", ".join(get_args(Decision)))
    if not journal.is_file():
        raise SetupError(f"{journal} がありません。", f"{journal} does not exist")
    kept = SqliteJournal(journal)
    try:
        kept.decide(load_bot(bot, form).id, key, cast("Decision", decision), who, reason)
    finally:
        kept.close()
    typer.echo(f"{key}: {decision}")


@app.command("export")
def export_command(
    bot: BotPath,
    records: Annotated[Path, typer.Option(help="確定データのCSV / the Records, CSV in UTF-8")],
    out: Annotated[Path, typer.Option(help=".csv か .xlsx / .csv or .xlsx")],
    form: FormName = "",
    with_masked: Annotated[
        bool, typer.Option("--with-masked", help="隠す項目も書く / masked fields too")
    ] = False,
) -> None:
    """システムの画面の順に書き出す / values in the order of the system's screens, for keying by hand."""
    loaded = load_bot(bot, form)
    count = export(loaded, read_records(records, loaded), out, with_masked)
    typer.echo(f"{out}: {count}")

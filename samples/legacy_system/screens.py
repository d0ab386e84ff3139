"""The screens of the registers: search, list, detail, input, confirm, done."""

import jaconv
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from samples.legacy_system.charset import parse_form
from samples.legacy_system.checks import Row, check
from samples.legacy_system.controls import CODE_INPUT, Values
from samples.legacy_system.data.database import PAGE, Database
from samples.legacy_system.data.registers import BY_PATH
from samples.legacy_system.display import filled, shown
from samples.legacy_system.login import LoginPages
from samples.legacy_system.model import Item, Register
from samples.legacy_system.render import hidden_inputs, input_blocks, numbers, page, text_blocks
from samples.legacy_system.wareki import now


class Screens:
    """The handlers of the registers' pages; the folder in the address selects the register."""

    def __init__(self, database: Database, login: LoginPages) -> None:
        self._database = database
        self._login = login

    def routes(self) -> list[Route]:
        """Return the routes under ``/fukushi/<register>/``."""
        handlers = {
            "kensaku": (self.search, ["GET", "POST"]),
            "ichiran": (self.found, ["POST"]),
            "shokai": (self.detail, ["POST"]),
            "nyuryoku": (self.enter, ["GET", "POST"]),
            "kakunin": (self.confirm, ["POST"]),
            "touroku": (self.save, ["POST"]),
        }
        return [
            Route(f"/fukushi/{{register}}/{name}.asp", self._login.guarded(handler), methods=methods)
            for name, (handler, methods) in handlers.items()
        ]

    async def search(self, request: Request, user: str) -> Response:
        """検索: the search form."""
        register, _ = await _parse_request(request)
        return page("search.html", register=register, screen="検索", screen_no="0100")

    async def found(self, request: Request, user: str) -> Response:
        """一覧: the results, or 該当データがありません, or a database error (with HTTP 200)."""
        register, form = await _parse_request(request)
        number, kana = form.get("T01", "").strip(), form.get("T02", "").strip(" \u3000")
        # Full-width input makes the query fail, as a numeric column without conversion would.
        wide = not number.isascii() or (register.half_kana and kana != _half(kana))
        if wide:
            return database_error(
                "ORA-01722: 数値が無効です。", f"SELECT * FROM {register.path.upper()}_TBL WHERE ..."
            )
        # Six digits at most: `int` refuses very long numbers with an error.
        at = int(form["PAGE"][:6]) if form.get("PAGE", "").isdecimal() else 0
        rows, total = self._database.search(register, number, jaconv.h2z(kana).replace(" ", "\u3000"), at)
        lines = [_line(register, row, at * PAGE + order) for order, row in enumerate(rows, start=1)]
        labels = {item.field: item.label for item in register.items}
        return page(
            "list.html", register=register, screen="検索結果一覧", screen_no="0110", rows=lines, total=total,
            page=at, pages=-(-total // PAGE), number=number, kana=kana,
            name_label=labels[register.name_field], kana_label=labels[register.kana_field],
        )  # fmt: skip

    async def detail(self, request: Request, user: str) -> Response:
        """照会: one stored row."""
        register, form = await _parse_request(request)
        row = self._database.by_receipt(register, form.get("UKE", ""))
        if row is None:
            return database_error("ORA-01403: データが見つかりません。", f"{register.path.upper()}0120")
        if register.detail == "controls":
            blocks = input_blocks(register, filled(register, row))
        else:
            blocks = text_blocks(register, row)
        return page(
            "detail.html", register=register, screen="照会", screen_no="0120", sections=blocks, row=row
        )

    async def enter(self, request: Request, user: str) -> Response:
        """入力: empty, resubmitted by a control, moving between pages, or returning from 確認."""
        register, form = await _parse_request(request)
        step = _step(register, form)
        if form.get("SHORI") == "HENKO":
            row = self._database.by_receipt(register, form.get("UKE", ""))
            if row is None:
                return database_error("ORA-01403: データが見つかりません。", f"{register.path.upper()}0200")
            return _input(register, {**filled(register, row), "UKE": row["receipt_no"]}, 1)
        if form.get("SHORI") == "MAE":
            return _input(register, form, max(step - 1, 1))
        if form.get("SHORI") == "TSUGI":
            _, refusals = check(register, form, step=step)
            return _input(register, form, step, refusals) if refusals else _input(register, form, step + 1)
        return _input(register, form, step)

    async def confirm(self, request: Request, user: str) -> Response:
        """確認: all values as they would be stored, or the input page with refusals."""
        register, form = await _parse_request(request)
        row, refusals = check(register, form)
        if refusals:
            return _input(register, form, _step(register, form), refusals)
        return page(
            "confirm.html", register=register, screen="登録確認", screen_no="0210",
            sections=text_blocks(register, row), hidden=hidden_inputs(register, form, None),
            code=form.get(CODE_INPUT, ""), receipt=form.get("UKE", ""),
        )  # fmt: skip

    async def save(self, request: Request, user: str) -> Response:
        """登録: store the row, at every request, or change the row of the given receipt; show the receipt."""
        register, form = await _parse_request(request)
        row, refusals = check(register, form)
        if refusals:
            return _input(register, form, _step(register, form), refusals)
        # No token against submitting twice, on purpose: Back and a second click store a second row.
        receipt = form.get("UKE", "")
        if receipt:
            self._database.change(register, receipt, row, user, now())
        else:
            receipt = self._database.store(register, row, user, now())
        return page(
            "done.html", register=register, screen="登録完了", screen_no="0220", receipt=receipt,
            number=row["application_no"], alert="登録が完了しました。" if register.done_alert else "",
        )  # fmt: skip


def database_error(*lines: str) -> Response:
    """Return the page for a failed query. Its status is 200, a trap for clients that check only the status."""
    return page(
        "failure.html",
        title="データベースエラー",
        lines=("Microsoft OLE DB Provider for ODBC Drivers", *lines),
    )


async def _parse_request(request: Request) -> tuple[Register, Values]:
    register = BY_PATH.get(request.path_params["register"])
    if register is None:
        raise HTTPException(404)
    form = parse_form(await request.body()) if request.method == "POST" else {}
    return register, form


def _step(register: Register, form: Values) -> int:
    # A manipulated step must not cause an error page.
    step = int(form["STEP"][:2]) if form.get("STEP", "").isdecimal() else 1
    return min(max(step, 1), register.steps)


def _input(register: Register, values: Values, step: int, refusals: list[str] | None = None) -> Response:
    words = tuple(refusals or ())
    required: list[tuple[int, str]] = []
    if register.checks_in_page:
        required = [
            (numbers(register, item.field)[0], item.label) for item in register.items if item.required
        ]
    screen = "新規登録" if register.steps == 1 else f"新規登録（{step}／{register.steps}）"
    return page(
        "input.html", register=register, screen=screen, screen_no=f"020{step - 1}", step=step, refusals=words,
        sections=input_blocks(register, values, step, words), hidden=hidden_inputs(register, values, step),
        code=values.get(CODE_INPUT, ""), alert=" ".join(words) if register.alerts else "", required=required,
        postal=numbers(register, "postal_code"), address=numbers(register, "address")[0],
        receipt=values.get("UKE", ""),
    )  # fmt: skip


def _half(text: str) -> str:
    return jaconv.z2h(text, kana=True, ascii=True, digit=True).replace("\u3000", " ")


def _line(register: Register, row: Row, number: int) -> dict[str, object]:
    items: dict[str, Item] = {item.field: item for item in register.items}
    text = {field: shown(register, items[field], row[field]) for field in items}
    return {
        "no": number,
        "receipt": row["receipt_no"],
        "number": row["application_no"],
        "name": text[register.name_field],
        "kana": text[register.kana_field],
        "birth": text[register.birth_field],
        "stored": row["stored_at"].replace("T", " "),
    }

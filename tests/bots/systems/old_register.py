# ruff: noqa: E501 — pages are easier to read on one line
"""A western register of about 2001, quite unlike the Japanese samples; every trap is in the docstring of its page.

Latin-1; behind the browser's own login box; a frameset whose main frame holds an iframe; inputs without names;
money as 1.500,00; dates in three styles; a form token that counts once; pages that vanish with the session.
"""

from __future__ import annotations

import base64
import html
import re

from tests.bots.small_system import SmallSystem, Visit

LOGIN = "<form method=post action=/in target=_top>User<br><input name=u><br>Password<br><input type=password name=p><br><input type=submit value='Sign on'></form>"
FRAMES = "<frameset cols='20%,*'><frame name=menu src=/menu><frame name=work src=/hello></frameset>"
MENU = "<a href=/ask target=work>Enquiry</a><br><a href=/host target=work>New grant</a>"
KINDS = {"": "", "T": "Travel", "B": "Books"}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FORM = """<form method=post action=/save name=f><input type=hidden name=token value={token}>
<input type=submit name=go value="Update" style="position:absolute;left:-999px">
<table border=1><tr><th rowspan=2>Grant<th>Reference<th>Holder<th>Kind
<tr><td><input name=a1 onkeypress="return event.keyCode != 13"><td><input name=a2 maxlength=12><td><select name=k onchange="this.form.action='/again';this.form.submit()">{kinds}</select>
<tr><th rowspan=2>Money<th>Amount<th>Granted on<th>Note
<tr><td><input name=m onchange="if (this.form.k.value == 'T') this.form.n.value = 'see travel rules'"><td><input name=d size=10><td><input name=n></table>
<input type=submit name=go value="Save" onclick="return prompt('Your initials?') == 'AB'"></form>
<script>var s={state}; for (var i in s) document.f[i].value = s[i];
['a1','a2','m','d','n'].forEach(function (i) {{ document.f[i].removeAttribute('id') }})</script>"""


class OldRegister(SmallSystem):
    """``rows`` is what it holds, ``saves`` the references that were sent to be saved."""

    encoding, charset, cookie = "latin-1", "iso-8859-1", "id"

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.tokens: set[str] = set()

    def answer(self, visit: Visit) -> None:
        box = base64.b64encode(b"office:door-key").decode()
        if visit.handler.headers.get("Authorization") != f"Basic {box}":
            visit.send("401", 401, WWW_Authenticate='Basic realm="register"')
        elif visit.name == "":
            visit.send(LOGIN)
        elif visit.name == "in" or visit.logged_in:
            super().answer(visit)
        else:
            visit.send("", 500)  # the session is gone: a blank page, HTTP 500

    def page_in(self, visit: Visit) -> None:
        if visit.form["p"] != "himitsu-no-kotoba":
            return visit.send("Wrong. " + LOGIN)
        visit.send(FRAMES, sid=self.log_in())

    def page_menu(self, visit: Visit) -> None:
        visit.send(MENU)

    def page_hello(self, visit: Visit) -> None:
        visit.send("Welcome to the register")

    def page_ask(self, visit: Visit) -> None:
        visit.send("<form action=/hits><input><script>document.forms[0][0].name='q'</script></form>")

    def page_hits(self, visit: Visit) -> None:
        """Enter starts the search; a letter outside ASCII breaks its query; a list edited in place."""
        wanted = visit.query["q"]
        if not wanted.isascii():
            return visit.send("ODBC error '80040e14': Incorrect syntax near '" + html.escape(wanted))
        found = [(i, r) for i, r in enumerate(self.rows) if r["a1"].startswith(wanted)]
        lines = "".join(
            f"<tr><td><input readonly value='{html.escape(r['a1'])}'><td>{_iso(r['d'])}<td><a href=/card?{i}>open</a>"
            for i, r in found
        )
        table = f"<table><tr><th>Reference<th>Date<th>{lines}</table>{len(found)} hit(s)"
        visit.send(table if found else "0 hits")

    def page_host(self, visit: Visit) -> None:
        visit.send("<h3>New grant</h3><iframe src=/form width=900 height=400></iframe>")

    def page_form(self, visit: Visit) -> None:
        self._form(visit, {})

    def _form(self, visit: Visit, form: dict[str, str]) -> None:
        self.tokens.add(token := self.new("t"))
        kinds = "".join(
            f"<option value='{v}'{' selected' * (v == form.get('k'))}>{w}" for v, w in KINDS.items()
        )
        kept = {k: form.get(k, "") for k in ("a1", "a2", "m", "d", "n")}
        visit.send(FORM.format(token=token, kinds=kinds, state=repr(kept)))

    def page_again(self, visit: Visit) -> None:
        """The select sends the page in; what was typed so far comes back, but not the reference."""
        self._form(visit, {**visit.form, "a1": ""})

    def page_save(self, visit: Visit) -> None:
        """``Update`` (what Enter means) stores nothing; a used token stores nothing; success is an empty form."""
        form = visit.form
        if form.get("go") != "Save":
            return self._form(visit, {})
        if form["token"] not in self.tokens:
            return visit.send("CSRF failure", 403)
        self.tokens.discard(form["token"])
        key = form["a1"]
        self.saves.append(key)
        first = self.saves.count(key) == 1
        if not re.fullmatch(r"\d{1,3}(\.\d{3})*,\d\d", form["m"]):
            return visit.send("<i>Amount not understood</i>")
        if key == "GONE" and first:
            self.sessions.discard(visit.sid)
            return visit.send("", 500)
        self.rows.append(form)
        if key == "STORED" and first:
            self.sessions.discard(visit.sid)
            return visit.send("", 500)
        if key == "RETYPE" and first:
            # The session is lost inside the frame after the save; typing the password there saves again.
            self.sessions.discard(visit.sid)
            return visit.send(LOGIN.replace("/in target=_top", "/save"))
        self._form(visit, {})

    def page_card(self, visit: Visit) -> None:
        row = self.rows[int(visit.raw_query)]
        day, month, year = row["d"].split("/")
        visit.send(
            f"<div class=r><div>Reference</div><div><input disabled value='{html.escape(row['a1'])}'></div></div>"
            f"<dl><dt>Holder<dd>{html.escape(row['a2'])}<dt>Kind<dd>{KINDS[row['k']]}<dt>Amount<dd>EUR {row['m']}"
            f"<dt>Granted on<dd>{day}-{MONTHS[int(month) - 1]}-{year}<dt>Note<dd>{html.escape(row['n'])}</dl>"
        )


def _iso(day: str) -> str:
    return "-".join(reversed(day.split("/")))

"""Login, session and the pages of the frame."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from samples.legacy_system.charset import CHARSET, parse_form
from samples.legacy_system.data.addresses import find
from samples.legacy_system.data.registers import REGISTERS
from samples.legacy_system.render import page, script
from samples.legacy_system.sessions import COOKIE, Sessions
from samples.legacy_system.settings import Settings
from samples.legacy_system.wareki import from_date, now

Handler = Callable[[Request], Awaitable[Response]]
GuardedHandler = Callable[[Request, str], Awaitable[Response]]

LOST = "セッションが切れました。再度ログインしてください。"


class LoginPages:
    """Login and access control; every page except the login is wrapped in :meth:`guarded`."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions

    def routes(self) -> list[Route]:
        """Return the routes of login, logout, the frame and its pages, the address window, the script file."""
        return [
            Route("/", _start),
            Route("/fukushi/login.asp", self.login, methods=["GET", "POST"]),
            Route("/fukushi/logout.asp", self.logout),
            Route("/fukushi/common.js", _script),
            Route("/fukushi/frame.asp", self.guarded(_frame)),
            Route("/fukushi/banner.asp", self.guarded(_banner)),
            Route("/fukushi/menu.asp", self.guarded(_menu)),
            Route("/fukushi/top.asp", self.guarded(_top)),
            Route("/fukushi/jusho.asp", self.guarded(_addresses)),
        ]

    def guarded(self, handler: GuardedHandler) -> Handler:
        """Wrap a handler: it gets the user's name; without a session the login page is returned, with HTTP 200."""

        async def inside(request: Request) -> Response:
            user = self._sessions.user(request.cookies.get(COOKIE))
            if user is None:
                return self._login_page(LOST)
            return await handler(request, user)

        return inside

    async def login(self, request: Request) -> Response:
        """Show the login page, or log in. A login inside a frame opens the whole frameset in that frame."""
        if request.method == "GET":
            return self._login_page("")
        form = parse_form(await request.body())
        # Constant-time comparison, although the rest of this sample is as careless as its models.
        right = compare_digest(form.get("T01", "").encode(), self._settings.user.encode())
        right &= compare_digest(form.get("T02", "").encode(), self._settings.password.encode())
        if not right:
            return self._login_page("職員番号またはパスワードが違います。")
        response = RedirectResponse("/fukushi/frame.asp", 302)
        response.set_cookie(COOKIE, self._sessions.start(self._settings.user), path="/", httponly=True)
        return response

    async def logout(self, request: Request) -> Response:
        """End the session."""
        self._sessions.end(request.cookies.get(COOKIE))
        return RedirectResponse("/fukushi/login.asp", 302)

    def _login_page(self, message: str) -> Response:
        return page(
            "login.html", message=message, minutes=f"{self._settings.session_minutes:g}", bg="#707890"
        )


async def _start(request: Request) -> Response:
    return RedirectResponse("/fukushi/login.asp", 302)


async def _script(request: Request) -> Response:
    return Response(script(), headers={"Content-Type": f"application/x-javascript; charset={CHARSET}"})


async def _frame(request: Request, user: str) -> Response:
    return page("frame.html")


async def _banner(request: Request, user: str) -> Response:
    when = from_date(now().date())
    today = f"{when.era.name}{when.year}年{when.month}月{when.day}日"
    return page("banner.html", user=user, today=today, bg="#000060")


async def _menu(request: Request, user: str) -> Response:
    return page("menu.html", registers=list(REGISTERS.values()), bg="#C0C8D8")


async def _top(request: Request, user: str) -> Response:
    return page("top.html")


async def _addresses(request: Request, user: str) -> Response:
    code = parse_form(request.url.query.encode()).get("yubin", "")
    return page("address.html", title="住所検索", code=code, places=find(code))

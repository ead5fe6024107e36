"""A page served to browsers on this machine, with data that is fetched again while a study runs."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from attrs import frozen

from autotune.errors import AutotuneError, StudyError
from autotune.report.page import content_policy, page_json, report_page

__all__ = ["HOST", "PageServer", "Shown"]

HOST = "127.0.0.1"
_DATA = "data.json"
_IDLE_SECONDS = 30


@frozen
class Shown:
    """The studies of a page at a moment.

    Parameters
    ----------
    tag : str
        Tells this from what is shown at other moments; letters, digits and hyphens.
    studies : callable
        Returns what ``study_data`` says of each study, by the names of their logs.
    """

    tag: str
    studies: Callable[[], dict[str, dict[str, Any]]]


class PageServer:
    """Serves a page on 127.0.0.1, to be read only, by a thread of its own, inside ``with``.

    Requests that name another host are refused, so that no page from elsewhere can have a browser
    ask for it under a name of its own.

    Parameters
    ----------
    look : callable
        Returns what there is to show now. Called for every request, by one thread at a time.
    title : str
        Of the window.
    port : int
        Where to listen; 0 for any free port.

    Raises
    ------
    StudyError
        If the port can't be had.

    Examples
    --------
    >>> from urllib.request import urlopen
    >>> with PageServer(lambda: Shown("0", dict), title="mine") as server:
    ...     urlopen(server.address).read()[:15]
    b'<!doctype html>'
    """

    def __init__(self, look: Callable[[], Shown], *, title: str, port: int = 0) -> None:
        self._look = look
        self._title = title
        self._lock = Lock()
        self._made: dict[str, tuple[str, bytes]] = {}
        try:
            self._server = ThreadingHTTPServer((HOST, port), self._handler())
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise StudyError(
                f"port = {port} can't be had on {HOST}: {reason}; give another, or 0 for any"
            ) from error
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, name="page server", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """The URL of the page."""
        return f"http://{HOST}:{self.port}/"

    def content(self, path: str) -> tuple[str, bytes]:
        """Return the tag and the bytes of the page or of its data, made anew only if need be."""
        with self._lock:
            shown = self._look()
            made = self._made.get(path)
            if made is None or made[0] != shown.tag:
                studies = shown.studies()
                text = (
                    page_json(studies)
                    if path == _DATA
                    else report_page(studies, title=self._title, live=_DATA, tag=shown.tag)
                )
                made = self._made[path] = (shown.tag, text.encode())
            return made

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(_Handler):
            page = server

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    page: PageServer
    protocol_version = "HTTP/1.0"  # a connection for each request: none outlives the server
    server_version = "autotune"
    sys_version = ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer with the page, or its data."""
        self._answer(whole=True)

    def do_HEAD(self) -> None:
        """Answer as GET would, without the content."""
        self._answer(whole=False)

    def _answer(self, *, whole: bool) -> None:
        port = self.page.port
        if self.headers.get("Host") not in {f"{HOST}:{port}", f"localhost:{port}"}:
            self._send(HTTPStatus.FORBIDDEN, b"this is for this machine only\n", whole=whole)
            return
        path = self.path.partition("?")[0].removeprefix("/")
        if path not in ("", _DATA):
            self._send(HTTPStatus.NOT_FOUND, b"there is nothing here\n", whole=whole)
            return
        try:
            tag, content = self.page.content(path)
        except (AutotuneError, OSError) as error:
            words = f"the log can't be read: {error}\n"
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, words.encode(), whole=whole)
            return
        quoted = f'"{tag}"'
        if path == _DATA and self.headers.get("If-None-Match") == quoted:
            self._send(HTTPStatus.NOT_MODIFIED, b"", whole=False, tag=quoted)
            return
        kind = "application/json" if path == _DATA else "text/html; charset=utf-8"
        self._send(HTTPStatus.OK, content, kind=kind, whole=whole, tag=quoted)

    def _send(
        self,
        status: HTTPStatus,
        content: bytes,
        *,
        kind: str = "text/plain; charset=utf-8",
        whole: bool,
        tag: str | None = None,
    ) -> None:
        self.send_response(status)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
        if tag is not None:
            self.send_header("ETag", tag)
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", f"{content_policy(live=True)}; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if whole:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the terminal shows the study."""

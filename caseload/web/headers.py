"""What every answer carries and every request must meet, whatever the page: headers, hosts, sizes.

Headers after OWASP ASVS 5.0 3.4.1 to 3.4.6 and 14.2.1, 14.3.2. Pages use no inline script and no inline style, and name no
other host. The referrer goes to this site alone: `no-referrer` would make browsers send forms with the origin "null".
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'", "connect-src 'none'",
        "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
    )
)  # fmt: skip
ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
NEVER_KEPT = ("Cache-Control", "no-store")
KEPT_A_DAY = "private, max-age=86400"
STATIC = "/static/"


class Guarded:
    """Around the application: refuse another host's name and a body over the limit, and set the headers of every answer."""

    def __init__(self, app: ASGIApp, *, host: str, secure: bool, body_bytes: int) -> None:
        self._app, self._host, self._secure, self._most = app, host, secure, body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._most)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set(scope, message)
            await send(message)

        headers = Headers(scope=scope)
        app: ASGIApp = self._app
        if headers.get("host", "").lower() != self._host:
            app = PlainTextResponse("This site does not answer to that name.", status_code=421)
        elif _length(headers) > self._most:
            app = PlainTextResponse("That is more than may be sent.", status_code=413)
        await app(scope, body, with_headers)

    def _set(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in ALWAYS.items():
            headers[name] = value
        if self._secure:
            headers[STRICT_TRANSPORT[0]] = STRICT_TRANSPORT[1]
        static = scope["path"].startswith(STATIC) and message["status"] in (200, 206, 304)
        headers[NEVER_KEPT[0]] = KEPT_A_DAY if static else NEVER_KEPT[1]


class _Body:
    """What a request sends, counted as it comes: one that states no length is refused once it has grown over the limit."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message


def _length(headers: Headers) -> int:
    """The stated length; one that is no number counts as too much."""
    stated = headers.get("content-length", "0")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 20 else 1 << 62

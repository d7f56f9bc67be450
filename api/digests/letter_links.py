"""``/v1/digests/confirm`` and ``/v1/digests/unsubscribe``: where the links in letters lead.

To look changes nothing, since mail programs and virus scanners look at every link. What changes something is a POST: of
the page's one button, or of a mail program itself (RFC 8058).
"""

from base64 import b64encode
from hashlib import sha256
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from api.digests.link_tokens import LinkTokens, Purpose
from api.digests.recipient_paths import CONFIRM_PATH, UNSUBSCRIBE_PATH
from api.digests.recipient_paths import link_paths as paths
from api.digests.recipient_store import RecipientStore, UnknownRecipient
from api.web.methods import Handler, route
from api.web.problems import Problem

__all__ = ["paths", "routes"]

QUESTIONS = {
    Purpose.CONFIRM: ("Every morning a letter?", "Yes, send it"),
    Purpose.UNSUBSCRIBE: ("No more letters?", "Unsubscribe"),
}
ANSWERS = {
    "active": "The next letter comes tomorrow morning.",
    "unsubscribed": "No more letters will come.",
    "undeliverable": "Letters to this address came back, so none is sent.",
}

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:28em;margin:15vh auto;padding:0 1em;color:#1c2733}"
    "button{font:inherit;padding:.6em 1.2em;border:0;border-radius:6px;background:#0b5cad;color:#fff;cursor:pointer}"
)
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Aurora: {title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
BUTTON = '<form method="post"><button>{text}</button></form>'


def _asking(purpose: Purpose) -> Handler:
    title, text = QUESTIONS[purpose]

    async def ask(request: Request) -> Response:
        _recipient_of(request, purpose)
        return _page(title, BUTTON.format(text=escape(text)))

    return ask


def _answering(purpose: Purpose) -> Handler:
    async def answer(request: Request) -> Response:
        recipient_id = _recipient_of(request, purpose)
        try:
            row = await RecipientStore(request.state.database).answer(recipient_id, purpose)
        except UnknownRecipient:
            # forgotten meanwhile, which is as good as unsubscribed
            return _page("Done", f"<p>{ANSWERS['unsubscribed']}</p>")
        return _page("Done", f"<p>{ANSWERS[row.state]}</p>")

    return answer


def _recipient_of(request: Request, purpose: Purpose) -> str:
    tokens: LinkTokens = request.state.link_tokens
    recipient_id = tokens.recipient_of(request.query_params.get("token", ""), purpose)
    if recipient_id is None:
        raise Problem(404, "Unknown link", "No letter of ours has this link.", type="unknown-link")
    return recipient_id


def _page(title: str, content: str) -> Response:
    return HTMLResponse(PAGE.format(title=escape(title), style=STYLE, content=content), headers=HEADERS)


routes: list[BaseRoute] = [
    route(CONFIRM_PATH, get=_asking(Purpose.CONFIRM), post=_answering(Purpose.CONFIRM)),
    route(UNSUBSCRIBE_PATH, get=_asking(Purpose.UNSUBSCRIBE), post=_answering(Purpose.UNSUBSCRIBE)),
]

"""What other sites show of a link to the page: title, description and picture, in place of those of gradio's template,
which names gradio and no picture. The picture is a real race, drawn as a visitor's card is (playground/export/card.py).

It is the same for every link. A description of the link's own prompt would need a page made for each link, while passes
are timed (page_cache.py).
"""

from __future__ import annotations

import re

from gradio.route_utils import get_root_url
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.address import is_the_page
from playground.web.constants import ASSETS
from playground.web.templates import render

PICTURE = ASSETS / "pictures" / "card.png"
PICTURE_PATH = "pictures/card.png"  # below the page's own address
SIZE = 1200, 630  # px of the picture
ALT = (
    "A diffusion model's text at four stages, from noise to final, beside what an autoregressive model wrote meanwhile."
)
THEIRS = re.compile(
    rb"<title>.*?</title>|<meta\s[^>]*?(?:property=\"og:|name=\"(?:twitter:|description\"))[^>]*>", re.DOTALL
)
HEAD_ENDS = b"window.gradio_config"  # what comes later is data, and not touched
FIRST = re.compile(rb"<meta\s+name=\"viewport\"[^>]*>", re.DOTALL)  # ours go after it


class Preview:
    """ASGI middleware that gives the page its own title, description and picture for other sites. It reads the whole
    page, so it belongs inside of the cache."""

    def __init__(self, app: ASGIApp, title: str, description: str):
        self.app, self.title, self.description = app, title, description

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_the_page(scope) or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body: list[bytes] = []

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200 and not start:
                start = message
            elif start and message["type"] == "http.response.body":
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await self.give(start, b"".join(body), scope, send)
            else:
                await send(message)

        await self.app(scope, receive, gather)

    async def give(self, start: Message, page: bytes, scope: Scope, send: Send) -> None:
        """Send the page with our preview in place of gradio's."""
        head, mark, rest = page.partition(HEAD_ENDS)
        head = FIRST.sub(lambda found: found[0] + self.preview(scope), THEIRS.sub(b"", head), count=1)
        whole = head + mark + rest
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(whole))
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": whole})

    def preview(self, scope: Scope) -> bytes:
        """The tags for the address by which a visitor reached the page."""
        root = address_of(scope)
        width, height = SIZE
        return render(
            "page/preview.html",
            title=self.title,
            description=self.description,
            url=f"{root}/",
            picture=f"{root}/{PICTURE_PATH}",
            width=width,
            height=height,
            alt=ALT,
        ).encode()


def address_of(scope: Scope) -> str:
    """The page's whole address, without a final slash, as gradio makes it out: behind a proxy and below a root path."""
    app = scope["app"]
    root_path = app.root_path or scope.get("root_path") or app.get_blocks().custom_mount_path
    return get_root_url(Request(scope), "/", root_path)


def picture(_: Request) -> FileResponse:
    """The picture, the same for every visitor."""
    return FileResponse(PICTURE, media_type="image/png")


ROUTES = [Route(f"/{PICTURE_PATH}", picture)]

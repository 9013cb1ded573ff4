"""The server extension's addresses, below the server's own base address.

GET  academy/open?track&module&kind   hand the notebook out if need be, then open it
GET  academy/submit?track&module      a page that asks once more; its button posts the form
POST academy/submit                   {"path"} as JSON → {"receipt", "receipt_url"}; or the page's form → to the receipt
GET  academy/progress?path            {"sent", "size"} of a submission that is on its way
"""
from __future__ import annotations

import asyncio
import html
import json
from pathlib import Path
from urllib.parse import quote

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from academy_learner.gateway import ExchangeRefusal, Gateway, read_regular
from academy_learner.homework import about, fetch, newest
from academy_learner.trust import trust

__all__ = ["add_handlers"]

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Academy</title><link rel="stylesheet" href="{style}"></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""
STYLE = """:root { --ink: #14213d; --accent: #1f4e79; }
body { margin: 0; font: 100%/1.6 system-ui, sans-serif; color: var(--ink); background: #fff; }
main { max-inline-size: 38rem; margin: 12vh auto 0; padding-inline: 1.25rem; }
h1 { font-size: 1.8rem; line-height: 1.25; }
.button { font: inherit; font-weight: 600; padding: .6rem 1.4rem; border: 0; border-radius: .45rem; background: var(--accent); color: #fff; cursor: pointer; }
.button:hover { background: #163a5b; }
a { color: var(--accent); }
form { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin-block: 1.5rem; }
:focus-visible { outline: 3px solid #b45309; outline-offset: 3px; }
code { overflow-wrap: anywhere; }
"""


class _Handler(JupyterHandler):
    @property
    def home(self) -> Path:
        return Path(self.settings["academy_home"])

    @property
    def gateway(self) -> Gateway:
        return Gateway()

    async def away(self, work, *arguments):
        """``work`` in a thread: it waits for the network."""
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)

    def show(self, title: str, body: str, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(PAGE.format(title=html.escape(title), body=body, style=url_path_join(self.base_url, "academy/style.css")))

    def refuse(self, refusal: ExchangeRefusal) -> None:
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            self.set_status(refusal.status or 503)
            self.finish({"error": {"code": refusal.code, "message": refusal.message, "next": refusal.next}})
            return
        self.show("That did not work", f"<p>{html.escape(refusal.message)}</p><p>{html.escape(refusal.next)}</p>", refusal.status or 503)

    def submit(self, path: Path) -> dict:
        """Push the notebook at ``path`` and give back its receipt."""
        told = about(path)
        if told.get("kind") != "assessment":
            raise ExchangeRefusal("not-an-assessment", "This notebook is not an assessment of a course.",
                                  "Open the assessment from the course page and submit that notebook.", 400)
        running = self.settings["academy_running"]
        key = str(path)

        def report(sent: int, size: int) -> None:
            running[key] = (sent, size)

        try:
            return self.gateway.submit(read_regular(path), told["track"], told["module"], path.name, report)
        finally:
            running.pop(key, None)

    def inside(self, text: str) -> Path:
        """A path as the browser knows it, as a path on this server; nothing outside the home."""
        path = (self.home / text.strip("/")).absolute()
        if not text or "\0" in text or ".." in Path(text).parts or not path.parent.resolve().is_relative_to(self.home.resolve()):
            raise ExchangeRefusal("no-such-file", "There is no such notebook.", "Open the assessment from the course page.", 404)
        return path


class OpenHandler(_Handler):
    @web.authenticated
    async def get(self) -> None:
        wanted = [self.get_query_argument(name, "") for name in ("track", "module", "kind")]
        try:
            path = await self.away(fetch, self.home, self.gateway, *wanted, trust)
        except ExchangeRefusal as refusal:
            return self.refuse(refusal)
        except OSError:
            return self.refuse(ExchangeRefusal("disk-full", "The notebook could not be written to your home.",
                                               "Delete files that you do not need.", 507))
        self.redirect(url_path_join(self.base_url, "notebooks", quote(str(path.relative_to(self.home)))))


class SubmitHandler(_Handler):
    @web.authenticated
    async def get(self) -> None:
        try:
            path = newest(self.home, self.get_query_argument("track", ""), self.get_query_argument("module", ""), "assessment")
            if path is None:
                raise ExchangeRefusal("no-such-file", "There is no assessment of this module in your home yet.",
                                      "Open it from the course page first.", 404)
        except ExchangeRefusal as refusal:
            return self.refuse(refusal)
        name = str(path.relative_to(self.home))
        back = html.escape(url_path_join(self.base_url, "notebooks", quote(name)))
        self.show("Submit your work", (
            f"<p>This sends <code>{html.escape(name)}</code> as you last saved it.</p>"
            f'<form method="post">{self.xsrf_form_html()}<input type="hidden" name="path" value="{html.escape(name)}">'
            f'<button class="button">Submit</button> <a href="{back}">Back to the notebook</a></form>'))

    @web.authenticated
    async def post(self) -> None:
        as_json = self.request.headers.get("Content-Type", "").startswith("application/json")
        try:
            content = (self.get_json_body() or {}) if as_json else {"path": self.get_body_argument("path", "")}
            path = self.inside(str(content.get("path", "")))
            done = await self.away(self.submit, path)
        except ExchangeRefusal as refusal:
            return self.refuse(refusal)
        if as_json:
            self.finish(done)
        else:
            self.redirect(done["receipt_url"], status=303)

    def xsrf_form_html(self) -> str:
        token = self.xsrf_token
        return f'<input type="hidden" name="_xsrf" value="{html.escape(token.decode() if isinstance(token, bytes) else token, quote=True)}">'


class ProgressHandler(_Handler):
    @web.authenticated
    def get(self) -> None:
        try:
            path = self.inside(self.get_query_argument("path", ""))
        except ExchangeRefusal as refusal:
            return self.refuse(refusal)
        sent, size = self.settings["academy_running"].get(str(path), (0, 0))
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"sent": sent, "size": size}))


class StyleHandler(_Handler):
    @web.authenticated
    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.finish(STYLE)


def add_handlers(serverapp) -> None:
    app = serverapp.web_app
    app.settings.setdefault("academy_running", {})
    app.settings["academy_home"] = str(serverapp.root_dir)
    base = app.settings["base_url"]
    app.add_handlers(".*$", [(url_path_join(base, "academy", name), handler) for name, handler in (
        ("open", OpenHandler), ("submit", SubmitHandler), ("progress", ProgressHandler), ("style.css", StyleHandler))])

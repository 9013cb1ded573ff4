"""A person's browser, simulated: cookies by host and path, redirects, pages that renew themselves, forms and a kernel."""
from __future__ import annotations

import asyncio
import http.cookies
import json
import re
import time
import uuid
from urllib.parse import urlencode, urljoin, urlparse

import aiohttp

from tests.hub_config.house import House

__all__ = ["Browser"]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    def __init__(self, built: House) -> None:
        self.house, self.cookies, self.seen = built, {}, []
        self.hub = f"http://hub.localhost:{built.port}"

    def cookie_header(self, url: str) -> str:
        parts = urlparse(url)
        return "; ".join(f"{name}={value}" for (host, path, name), value in self.cookies.items()
                         if host == parts.hostname and (parts.path or "/").startswith(path) and value)

    def request(self, method: str, url: str, body: str | None = None, **headers: str):
        parts = urlparse(url)
        if cookies := self.cookie_header(url):
            headers = {"Cookie": cookies, **headers}
        answer = self.house.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), parts.hostname,
                                    body, **{"Sec-Fetch-Mode": "navigate", **headers})
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                for key, morsel in http.cookies.SimpleCookie(value).items():
                    self.cookies[parts.hostname, morsel["path"] or "/", key] = morsel.value
        answer.url = url
        self.seen.append((method, url, answer.status))
        return answer

    def visit(self, url: str, seconds: float = 60.0):
        """Follow redirects, and pages that renew themselves, to where they end. Redirects to other ports end it too."""
        url, until = urljoin(self.hub, url), time.monotonic() + seconds
        while time.monotonic() < until:
            answer = self.request("GET", url)
            if answer.status in (301, 302, 303):
                url = urljoin(url, answer.headers["Location"])
                if urlparse(url).hostname.startswith("portal."):
                    answer.url = url
                    return answer
            elif b'http-equiv="refresh"' in answer.body:
                time.sleep(0.3)
            else:
                return answer
        raise AssertionError(f"{url} leads nowhere: {self.seen[-5:]}")

    def sign_in(self, username: str, password: str, following: str = ""):
        """The answer to the sign-in form, not followed."""
        page = self.visit("/hub/login" + (f"?next={following}" if following else ""))
        token = re.search(rb'name="_xsrf" value="([^"]+)"', page.body)[1].decode()
        action = re.search(rb'action="([^"]+)"', page.body)[1].decode().replace("&amp;", "&")
        return self.request("POST", urljoin(self.hub, action),
                            urlencode({"username": username, "password": password, "_xsrf": token}), **FORM)

    # -- the person's notebook server
    def server(self, name: str, path: str, method: str = "GET", body: object = None):
        url = f"http://{name}-nb.localhost:{self.house.port}/user/{name}/{path}"
        xsrf = next((v for (host, _, key), v in self.cookies.items() if key == "_xsrf" and host.startswith(f"{name}-nb.")), "")
        return self.request(method, url, None if body is None else json.dumps(body),
                            **{"X-XSRFToken": xsrf, "Sec-Fetch-Mode": "cors", "Content-Type": "application/json"})

    def kernel(self, name: str) -> Kernel:
        answer = self.server(name, "api/kernels", "POST", {"name": "python3"})
        assert answer.status == 201, (answer.status, answer.body[:300])
        return Kernel(self, name, json.loads(answer.body)["id"])


class Kernel:
    """Runs code in the person's kernel and answers what it printed."""

    def __init__(self, browser: Browser, name: str, ident: str) -> None:
        self.browser, self.name, self.ident = browser, name, ident

    def run(self, code: str, seconds: float = 60.0) -> str:
        return asyncio.run(asyncio.wait_for(self._run(code), seconds))

    async def _run(self, code: str) -> str:
        path = f"/user/{self.name}/api/kernels/{self.ident}/channels?session_id={uuid.uuid4().hex}"
        host = f"{self.name}-nb.localhost:{self.browser.house.port}"
        headers = {"Host": host, "Origin": f"http://{host}", "Cookie": self.browser.cookie_header(f"http://{host}{path}")}
        ident, printed = uuid.uuid4().hex, []
        async with aiohttp.ClientSession() as session, session.ws_connect(
                f"http://127.0.0.1:{self.browser.house.port}{path}", headers=headers, max_msg_size=0) as peer:
            await peer.send_json({
                "channel": "shell", "parent_header": {}, "metadata": {}, "buffers": [],
                "header": {"msg_id": ident, "msg_type": "execute_request", "username": "", "session": ident, "version": "5.3", "date": ""},
                "content": {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}})
            async for message in peer:
                message = json.loads(message.data)
                if message["parent_header"].get("msg_id") != ident:
                    continue
                content = message["content"]
                match message["msg_type"]:
                    case "stream":
                        printed.append(content["text"])
                    case "error":
                        printed.append(f"{content['ename']}: {content['evalue']}")
                    case "status" if content["execution_state"] == "idle":
                        return "".join(printed)
        return "".join(printed)

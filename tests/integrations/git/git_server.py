"""A git server over real HTTP: `git http-backend` behind a listener that asks for a token."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

TOKEN = "ghp_a-secret-token"
BACKEND = "/usr/lib/git-core/git-http-backend"


class GitServer:
    """Serves all repositories in a folder. `seen` is each request; `status` answers all of them so, without git.

    `loses` is how many pushes it takes without its answer coming through; `after_a_push` is the status of all that comes after one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.status, self.loses = folder, list[str](), 0, 0
        self.after_a_push = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> GitServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ours.answer(self)

            def do_POST(self) -> None:
                ours.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        self.seen.append(f"{call.command} {call.path}")
        body = _body(call)
        expected = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if self.status or call.headers.get("Authorization") != f"Basic {expected}":
            call.send_response(self.status or 401)
            if not self.status:
                call.send_header("WWW-Authenticate", 'Basic realm="git"')
            call.send_header("Content-Length", "0")
            call.end_headers()
            return
        ran = subprocess.run(
            [BACKEND], input=body, capture_output=True, env=self._environment(call, body), check=False
        )
        if self.loses and call.path.endswith("/git-receive-pack"):
            self.loses -= 1
            call.send_response(502)
            call.send_header("Content-Length", "0")
            call.end_headers()
            return
        if call.path.endswith("/git-receive-pack"):
            self.status = self.after_a_push
        head, _, rest = ran.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((value for key, _, value in lines if key == "Status"), "200 OK")
        call.send_response(int(status.split()[0]))
        for key, _, value in lines:
            if key != "Status":
                call.send_header(key, value)
        call.send_header("Content-Length", str(len(rest)))
        call.end_headers()
        call.wfile.write(rest)

    def _environment(self, call: BaseHTTPRequestHandler, body: bytes) -> dict[str, str]:
        url = urlsplit(call.path)
        names = {"content-type": "CONTENT_TYPE", "content-encoding": "HTTP_CONTENT_ENCODING"}
        found = {ours: call.headers[theirs] for theirs, ours in names.items() if theirs in call.headers}
        protocol = {"GIT_PROTOCOL": call.headers["Git-Protocol"]} if "Git-Protocol" in call.headers else {}
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "REQUEST_METHOD": call.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": "tocsin",
            "REMOTE_ADDR": "127.0.0.1",
            **found,
            **protocol,
        }


def _body(call: BaseHTTPRequestHandler) -> bytes:
    if call.headers.get("Transfer-Encoding") == "chunked":
        parts = list[bytes]()
        while size := int(call.rfile.readline().strip() or b"0", 16):
            parts.append(call.rfile.read(size))
            call.rfile.readline()
        call.rfile.readline()
        return b"".join(parts)
    return call.rfile.read(int(call.headers.get("Content-Length") or 0))

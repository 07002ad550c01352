"""The web server of the page under test: on loopback, inside the browser's own namespace."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from lab.network import inside

PORT = 8000
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".wasm": "application/wasm",
}


class Server:
    """Serves folders by their first path element. A context manager.

    `/block?seconds=N` answers late: a synchronous request for it stops a thread of the page without using the processor.
    `?csp=POLICY` on any page sets its Content-Security-Policy."""

    def __init__(self, namespace: str, folders: dict[str, Path]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(asked.query).items()}
                if asked.path == "/block":
                    time.sleep(min(float(query["seconds"]), 60))
                    self._answer(200, "text/plain", b"", {})
                    return
                folder, _, rest = asked.path.lstrip("/").partition("/")
                root = folders.get(folder)
                file = (root / rest).resolve() if root else None
                if root is None or file is None or not file.is_relative_to(root.resolve()) or not file.is_file():
                    self._answer(404, "text/plain", b"", {})
                    return
                headers = {"Content-Security-Policy": query["csp"]} if "csp" in query else {}
                self._answer(200, _TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes(), headers)

            def _answer(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_: object) -> None:
                """A tab that was closed in the middle of an answer."""

        with inside(namespace):
            self._server = Quiet(("127.0.0.1", PORT), Handler)

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def url(name: str, path: str) -> str:
        """Each trial has an origin of its own, so that each page has a process of its own."""
        return f"http://{name}.localhost:{PORT}/{path}"

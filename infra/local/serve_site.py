"""Serves the built front end, with the API under the same origin: what CloudFront does on AWS (infra/site.yaml).

python serve_site.py PORT FOLDER API_URL
"""

import mimetypes
import os
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import urllib3

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' https: data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""tests/structure/test_site.py holds that CloudFront says the same."""

_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "te", "upgrade"}
_TIMEOUT = urllib3.Timeout(connect=5, read=40)


class Handler(BaseHTTPRequestHandler):
    """`/v1/*` goes to the API; everything else is a file, or the page of the application that its path is in."""

    protocol_version = "HTTP/1.1"
    folder: Path
    api_url: str
    pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=_TIMEOUT)

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/v1" or path.startswith("/v1/"):
            self._pass_on()
        elif self.command in ("GET", "HEAD"):
            self._send_file(self._file(path))
        else:
            self._send(HTTPStatus.METHOD_NOT_ALLOWED, {}, b"")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names that are asked for

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)) or None
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        try:
            answer = self.pool.request(
                self.command, f"{self.api_url}{self.path}", body=body, headers=headers, decode_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            self.log_error("%s", error)
            self._send(HTTPStatus.BAD_GATEWAY, {"content-type": "application/json"}, b'{"message":"Bad Gateway"}')
            return
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        self._send(answer.status, headers, answer.data)

    def _file(self, path: str) -> Path:
        file = (self.folder / path.lstrip("/")).resolve()
        if file.is_relative_to(self.folder) and file.is_file():
            return file
        if Path(path).suffix:
            return self.folder / "none"
        return self.folder / ("office/index.html" if f"{path}/".startswith("/office/") else "index.html")

    def _send_file(self, file: Path) -> None:
        if not file.is_file():
            self._send(HTTPStatus.NOT_FOUND, {"content-type": "text/plain"}, b"There is no such file.\n")
            return
        kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kept = "public, max-age=31536000, immutable" if file.parent.name == "assets" else "no-cache"
        self._send(HTTPStatus.OK, {"content-type": kind, "cache-control": kept, **_HEADERS}, file.read_bytes())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the functions log what they are asked."""


def main() -> None:
    """Serve until killed."""
    port, folder, api_url = sys.argv[1:]
    Handler.folder, Handler.api_url = Path(folder).resolve(), api_url
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer((os.environ.get("BIND_HOST") or "127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()

"""A web server for the tests that misbehaves on purpose. Bound to 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Answer = Callable[["Request"], None]


@dataclass
class Request:
    """One request; a page answers it by writing raw bytes, or with ``send``."""

    host: str
    path: str
    headers: dict[str, str]
    web: Web
    handler: BaseHTTPRequestHandler

    def raw(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def send(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """A whole answer; ``content_type="x"`` gives the header ``Content-Type: x``."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        named.setdefault("Content-Type", "text/html; charset=utf-8")
        named.setdefault("Content-Length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self.raw(f"HTTP/1.1 {status} Status {status}\r\n{head}\r\n".encode("latin-1") + body)

    def hang_up(self) -> None:
        self.handler.close_connection = True


@dataclass
class Web:
    """The pages by path, or by host and path; and what was asked."""

    port: int = 0
    pages: dict[str, Answer | bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str, host: str = "localhost") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self, host: str = "localhost") -> list[str]:
        """What was asked of a host, robots.txt apart."""
        return [path for name, path in self.asked if name == host and path != "/robots.txt"]

    def answer(self, request: Request) -> None:
        with self.lock:
            self.asked.append((request.host, request.path))
            self.seen.append(request)
        page = self.pages.get(request.host + request.path, self.pages.get(request.path))
        if page is None:
            request.send(b"<title>Not here</title>", 404)
        elif isinstance(page, bytes):
            request.send(page)
        else:
            page(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        with suppress(OSError):  # the client is gone
            self.web.answer(Request(host, self.path, headers, self.web, self))

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # without asking what this machine is called, which takes a while
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, *_: Any) -> None:
        pass  # clients that hang up are part of the tests


@contextmanager
def serving() -> Iterator[Web]:
    """A server that runs until the block ends."""
    web = Web()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield web
    finally:
        web.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Here(AbstractResolver):
    """Every name leads to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass

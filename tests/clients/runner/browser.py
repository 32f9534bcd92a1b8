"""The web client: a page in headless Chromium, and the server that the page comes from.

The page is of another origin than the daemon. It posts what it sees to the server that it came
from, and asks that server to change the flag file on disk.
"""

import json
import mimetypes
import queue
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

from runner.process import Failure, end, environment

PAGE_SECONDS_MAX = 90
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class PageServer:
    """Serves a folder on a port of its own, as long as a `with` block lasts."""

    def __init__(self, folder, files, change):
        """`files` are served too, by path; `change` is called with what the page asks for."""
        self.folder = folder.resolve()
        self.files = files
        self.change = change
        self.reports = queue.Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def find(self, path):
        """The file at a path, or None."""
        if path in self.files:
            return self.files[path]
        file = (self.folder / path.lstrip("/")).resolve()
        return file if file.is_relative_to(self.folder) and file.is_file() else None

    def handler(self):
        page_server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                file = page_server.find(urlsplit(self.path).path)
                self.answer(404 if file is None else 200, file)

            def do_POST(self):
                size = int(self.headers["Content-Length"])
                said = json.loads(self.rfile.read(size))
                if self.path == "/change":
                    page_server.change(said)
                else:
                    page_server.reports.put(said)
                self.answer(204, None)

            def answer(self, status, file):
                self.send_response(status)
                if file is not None:
                    self.send_header("Content-Type", mimetypes.guess_type(file)[0] or "text/plain")
                self.end_headers()
                if file is not None:
                    self.wfile.write(file.read_bytes())

            def log_message(self, *_):
                pass

        return Handler


def visit(chromium, page_server, host, log, **query):
    """Opens the page as `host` until it says that it is done; returns what it said."""
    address = f"http://{host}:{page_server.port}/page.html?{urlencode(query)}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, log.open("wb") as out:
        process = subprocess.Popen(
            [chromium, *OPTIONS, f"--user-data-dir={profile}", address],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            return page_server.reports.get(timeout=PAGE_SECONDS_MAX)
        except queue.Empty:
            tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise Failure(f"the page said nothing within {PAGE_SECONDS_MAX} s:\n{tail}") from None
        finally:
            end(process)

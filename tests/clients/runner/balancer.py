"""Two replicas behind one address: one has the event streams, the other answers the questions.

That is what a balancer may do to a page at any time. Here it always does.
"""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

STREAMS = "/ofrep/v1/events"
# They are about one connection, and each side has its own.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
ANSWER_SECONDS_MAX = 60


class Balancer:
    """Passes requests on, as long as a `with` block lasts."""

    def __init__(self, streams, questions):
        """The base URLs of the replicas."""
        self.streams = urlsplit(streams).netloc
        self.questions = urlsplit(questions).netloc
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def handler(self):
        balancer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.pass_on()

            def do_POST(self):
                self.pass_on()

            def do_OPTIONS(self):
                self.pass_on()

            def pass_on(self):
                is_stream = urlsplit(self.path).path == STREAMS
                replica = balancer.streams if is_stream else balancer.questions
                connection = http.client.HTTPConnection(replica, timeout=ANSWER_SECONDS_MAX)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    while piece := answer.read1():
                        self.wfile.write(piece)
                        self.wfile.flush()
                # The page is gone, or the replica is.
                except OSError:
                    pass
                finally:
                    connection.close()

            def log_message(self, *_):
                pass

        return Handler

"""The YAML language server of editors, spoken to over stdin and stdout as an editor does.

The protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

import json
import queue
import subprocess
import threading
from urllib.parse import quote

from runner.process import Failure, end, environment

ANSWER_SECONDS_MAX = 60


class Server:
    """A server, as long as a `with` block lasts, that knows one schema for `*.yaml`."""

    def __init__(self, program, folder, schema):
        self.command = ["node", program, "--stdio"]
        self.folder = folder
        self.schema = f"file://{quote(str(schema))}"
        self.received = queue.Queue()
        self.number = 0
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=self.listen, daemon=True).start()
        self.ask("initialize", {
            "processId": None,
            "rootUri": None,
            "capabilities": {
                "textDocument": {
                    "completion": {"completionItem": {"snippetSupport": True}},
                    "hover": {"contentFormat": ["markdown"]},
                },
                "workspace": {"configuration": True, "didChangeConfiguration": {}},
            },
        })
        self.tell("initialized", {})
        return self

    def __exit__(self, *_):
        end(self.process)

    def settings(self):
        return {
            "validate": True,
            "hover": True,
            "completion": True,
            "schemaStore": {"enable": False},
            "schemas": {self.schema: ["*.yaml"]},
        }

    def listen(self):
        """Puts every message of the server into the queue; none when it has ended."""
        stream = self.process.stdout
        while True:
            length = 0
            while (line := stream.readline()).strip():
                name, value = line.decode().split(":", 1)
                if name.lower() == "content-length":
                    length = int(value)
            if not line:
                self.received.put(None)
                return
            self.received.put(json.loads(stream.read(length)))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def wait_for(self, is_wanted, what):
        """The next message that is wanted; questions of the server are answered on the way."""
        while True:
            try:
                message = self.received.get(timeout=ANSWER_SECONDS_MAX)
            except queue.Empty:
                raise Failure(f"no {what} within {ANSWER_SECONDS_MAX} s") from None
            if message is None:
                raise Failure(f"the language server ended before its {what}")
            if "method" in message and "id" in message:
                self.answer(message)
            elif is_wanted(message):
                return message

    def answer(self, message):
        result = None
        if message["method"] == "workspace/configuration":
            sections = [item.get("section") for item in message["params"]["items"]]
            result = [self.settings() if section == "yaml" else {} for section in sections]
        self.send({"id": message["id"], "result": result})

    def ask(self, method, parameters):
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": parameters})
        is_answer = lambda message: message.get("id") == number and "method" not in message
        answer = self.wait_for(is_answer, f"answer to {method}")
        if "error" in answer:
            raise Failure(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, name, text):
        """Opens a file with this text; returns the problems that are shown in it."""
        uri = f"file://{quote(str(self.folder / name))}"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        is_published = lambda message: (
            message.get("method") == "textDocument/publishDiagnostics"
            and message["params"]["uri"] == uri
        )
        published = self.wait_for(is_published, f"diagnostics of {name}")
        return uri, published["params"]["diagnostics"]

    def complete(self, uri, line, column):
        """What is offered at a place, both counted from 0: from label to the text it inserts."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        result = self.ask("textDocument/completion", place) or []
        items = result["items"] if isinstance(result, dict) else result
        return {item["label"]: item.get("textEdit", {}).get("newText") or item.get("insertText", "")
                for item in items}

    def hover(self, uri, line, column):
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        result = self.ask("textDocument/hover", place)
        if not result:
            return ""
        contents = result["contents"]
        return contents["value"] if isinstance(contents, dict) else str(contents)

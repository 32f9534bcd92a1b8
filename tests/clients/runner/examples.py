"""The examples in the documents: found, run against a daemon, compared with what they promise.

A fenced block in one of the languages below is an example, the `text` block after it what it
prints; `javascript` is a program for Node.js, `js` one for a web page.
The `yaml` blocks before it, named in their first line, are the flags that it asks for.
"""

import re
from typing import NamedTuple

from runner.process import run

DEFAULT_BASE_URL = "http://localhost:8016"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The file that a program is put in, beside what its client has installed, and how it is run there.
LANGUAGES = {
    "javascript": ("javascript-server", "example.mjs", ["node", "example.mjs"]),
    "python": ("python", "example.py", [".venv/bin/python", "example.py"]),
    "go": ("go", "example/main.go", ["go", "run", "-mod=readonly", "./example"]),
    "java": ("java", "Example.java", ["java", "-cp", "target/lib/*", "Example.java"]),
}


# A module of a page, with the console as its output.
WEB_LANGUAGE = "js"


class Example(NamedTuple):
    language: str
    program: str
    promised: str


def read(document, folder):
    """The examples of a document, whose flag files are written below `folder`."""
    examples, program = [], None
    for language, block in FENCE.findall(document.read_text(encoding="utf-8")):
        named = re.match(r"# (flags/\S+\.yaml)\n", block)
        if language == "yaml" and named:
            path = folder / named.group(1)
            path.parent.mkdir(exist_ok=True)
            path.write_text(block, encoding="utf-8")
        elif language in LANGUAGES or language == WEB_LANGUAGE:
            program = (language, block)
        elif language == "text" and program:
            examples.append(Example(*program, block))
            program = None
    return examples


def judge(example, work, base_url, open_page):
    """What is wrong with an example, or None; `open_page` gives what a page prints."""
    program = example.program.replace(DEFAULT_BASE_URL, base_url)
    if example.language == WEB_LANGUAGE:
        printed = open_page(program)
    else:
        folder, file, command = LANGUAGES[example.language]
        path = work / folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(program, encoding="utf-8")
        printed = run(command, work / folder, GOTOOLCHAIN="local")
    if printed == example.promised:
        return None
    return f"promised {example.promised!r}, got {printed!r}"

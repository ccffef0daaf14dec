"""`docs/reference/control-interface.md`, from the interface file that aegisd serves: comments, declarations."""

import re
from importlib.resources import files
from typing import NamedTuple

from aegisd.wire.errors import ERRORS, INTERFACE

_HEAD = f"""\
# The control interface

<!-- made by `make docs` from aegisd/wire/{INTERFACE}.varlink -->

aegisd answers on a Unix socket (`[control] socket`) in [Varlink](https://varlink.org): JSON objects, each ended by one
NUL byte. The interface is `{INTERFACE}`; `org.varlink.service` describes it, so that any Varlink client can ask:

```
$ varlinkctl introspect /run/aegis/control.sock {INTERFACE}
$ varlinkctl call /run/aegis/control.sock {INTERFACE}.StartRun '{{"workflow": "quality"}}'
$ python -m varlink.cli call unix:/run/aegis/control.sock/{INTERFACE}.ListWorkflows
```

"""
_DECLARATION = re.compile(r"^(type|method|error) (\w+)", re.MULTILINE)


class Declaration(NamedTuple):
    """A type, method or error of the interface, with the comment above it."""

    kind: str
    name: str
    comment: str
    text: str


def read_interface() -> str:
    """The interface file."""
    return files("aegisd.wire").joinpath(f"{INTERFACE}.varlink").read_text()


def parse_interface(text: str) -> list[Declaration]:
    """The declarations of `text`, in order."""
    found = []
    for match in _DECLARATION.finditer(text):
        above = text[: match.start()].splitlines()
        comment: list[str] = []
        while above and above[-1].startswith("#"):
            comment.insert(0, above.pop().removeprefix("#").strip())
        found.append(Declaration(match[1], match[2], "\n".join(comment), _read_declaration(text, match.start())))
    return found


def render_page() -> str:
    """The whole page."""
    text = read_interface()
    declarations = parse_interface(text)
    parts = [_HEAD, _read_preface(text), "\n\n## Methods\n"]
    parts += [_render(each) for each in declarations if each.kind == "method"]
    parts.append("\n## Types\n")
    parts += [_render(each) for each in declarations if each.kind == "type"]
    parts += [_ERRORS_HEAD, *(_render_error(each) for each in declarations if each.kind == "error")]
    return "".join(parts)


_ERRORS_HEAD = """
## Errors

Each has `message` (what happened and where) and `hint` (what to do next); what else it carries is said here. The code
is what `aegisctl explain` takes ([error codes](error-codes.md)), the status is what aegisctl exits with
([exit codes](exit-codes.md)).

| error | code | status | carries |
|---|---|---|---|
"""


def _read_preface(text: str) -> str:
    lines = text.partition("interface ")[0].splitlines()
    return "\n".join(line.removeprefix("#").strip() for line in lines)


def _read_declaration(text: str, start: int) -> str:
    """From `start` to where all brackets are closed and the line ends."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if text[place] == "\n" and depth == 0:
            return text[start:place]
    return text[start:].rstrip()


def _render(declaration: Declaration) -> str:
    comment = declaration.comment.replace("more:", "**A stream** (call it with `more`):", 1)
    if not declaration.comment.startswith("more:"):
        comment = declaration.comment
    described = f"{comment}\n\n" if comment else ""
    return f"\n### {declaration.name}\n\n{described}```varlink\n{declaration.text}\n```\n"


def _render_error(declaration: Declaration) -> str:
    code, status = ERRORS[f"{INTERFACE}.{declaration.name}"]
    own = [name for name in re.findall(r"(\w+):", declaration.text) if name not in {"message", "hint"}]
    return f"| `{declaration.name}` | {code} | {status} | {', '.join(f'`{name}`' for name in own) or '-'} |\n"

"""`{name}` in a command line or an environment value: stands for a parameter of the workflow. Pure.

- `{name}` of a known parameter is replaced; `{{name}}` of a known parameter is a literal `{name}`.
- Everything else stays as it is: `{}`, `{other}`, `{{other}}`, `{print $1}`, and `${name}`, which belongs to shells.
- What is put in is not looked at again, so no value can bring in another parameter.
"""

import re
from collections.abc import Iterator, Mapping

REFERENCE = re.compile(r"(?<!\$)(?:\{\{([A-Za-z_][A-Za-z0-9_]*+)\}\}|\{([A-Za-z_][A-Za-z0-9_]*+)\})")
"""Finds `{{name}}` (group 1) and `{name}` (group 2)."""


def expand(text: str, params: Mapping[str, str]) -> str:
    """`text` with the parameters put in."""
    if "{" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal in params:
            return f"{{{literal}}}"
        return params.get(name, match[0])

    return REFERENCE.sub(replace, text)


def iter_references(text: str) -> Iterator[str]:
    """The names that stand as `{name}` in `text`, whether they are parameters or not; literals are left out."""
    for match in REFERENCE.finditer(text):
        if match[2] is not None:
            yield match[2]

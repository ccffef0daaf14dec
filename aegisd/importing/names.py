"""What another system wrote as aegis has it: names, and texts with variables."""

import re
from collections.abc import Collection

from aegisd.importing.draft import Draft

_GOOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BAD = re.compile(r"[^A-Za-z0-9._-]+")
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def adopt_name(text: str, taken: Collection[str], *, otherwise: str) -> str:
    """`text` as a name that is not among `taken`; `otherwise` where nothing of it can stay."""
    cleaned = _BAD.sub("-", text).strip("-._")[:56]
    name = start = cleaned if _GOOD.fullmatch(cleaned) else otherwise
    number = 2
    while name in taken:
        name, number = f"{start}-{number}", number + 1
    return name


def adopt_text(text: str, key: str, draft: Draft) -> str:
    """`text` with its variables: `${NAME}` stays, a default takes the place of `${NAME:-default}`."""

    def replace(match: re.Match[str]) -> str:
        name, has_default, default = match[1].partition(":-")
        if has_default:
            draft.note(f"{key}: aegis has no defaults for variables; ${{{name}:-...}} became its default")
            return default.replace("${", "$${")
        if _IDENTIFIER.fullmatch(name.strip()):
            return f"${{{name.strip()}}}"
        draft.note(f"{key}: ${{{name}}} is no variable, and stays as it is written")
        return f"$${{{name}}}"

    return _VARIABLE.sub(replace, text)

"""A small writer of manual pages: the macros of man(7) that pages need, and text that cannot become one of them."""

from collections.abc import Iterable

_PARAGRAPH = ".PP\n"  # implied after a title


def escape(text: str) -> str:
    """`text` so that roff prints it as it is: backslashes, dashes that can be copied, no line that is a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    plain = plain.replace("^", "\\(ha").replace("~", "\\(ti")
    return "\n".join(f"\\&{line}" if line.startswith((".", "\\(aq")) else line for line in plain.split("\n"))


def emphasize(text: str) -> str:
    """Running text in which what stands between backquotes is bold."""
    parts = text.split("`")
    marked = [f"\\fB{escape(part)}\\fP" if number % 2 else escape(part) for number, part in enumerate(parts)]
    joined = "".join(marked)
    return f"\\&{joined}" if joined.startswith(".") else joined


def head(name: str, section: int, *, version: str, about: str) -> str:
    """The title line and the section NAME, which `apropos` reads."""
    title = f'.TH "{name.upper()}" "{section}" "" "aegis {version}" "aegis"\n'
    return f"{title}.SH NAME\n{escape(name)} \\- {escape(about)}\n"


def section(title: str, *parts: str) -> str:
    """A section with its parts."""
    return f'.SH "{escape(title.upper())}"\n' + "".join(parts).removeprefix(_PARAGRAPH)


def subsection(title: str, *parts: str) -> str:
    """A part of a section with a title of its own."""
    return f'.SS "{escape(title)}"\n' + "".join(parts).removeprefix(_PARAGRAPH)


def paragraph(text: str) -> str:
    """A paragraph."""
    return f"{_PARAGRAPH}{emphasize(text)}\n"


def block(text: str) -> str:
    """Text as it stands, indented."""
    return f"{_PARAGRAPH}.RS 4\n.nf\n{escape(text.strip(chr(10)))}\n.fi\n.RE\n"


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Terms in bold with what they mean."""
    return "".join(f".TP\n\\fB{escape(term)}\\fP\n{emphasize(meaning)}\n" for term, meaning in pairs)

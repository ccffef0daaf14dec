"""Artifacts as values: what a step left behind, what was refused of it and why, and which names they may have. Pure.

An artifact has a key, unique in its run: the file's path in the run's directory, or the name it was given. Keys go into
events, screens, file names of whoever downloads and members of archives, so that they are plain text and lead nowhere.
"""

from attrs import frozen

MOST_KEY_BYTES = 1024
OCTETS = "application/octet-stream"

# what a browser or a reader may want to know; what is not here is just bytes
_TYPES = {
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "gz": "application/gzip",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "log": "text/plain",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "toml": "application/toml",
    "txt": "text/plain",
    "webp": "image/webp",
    "whl": "application/zip",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
    "zst": "application/zstd",
}


@frozen(kw_only=True)
class Artifact:
    """A file or document that was kept: its key, its size in bytes, the SHA-256 of its bytes in hex, its media type."""

    key: str
    size: int
    sha256: str
    type: str = OCTETS


@frozen(kw_only=True)
class StoredArtifact:
    """An artifact of a run with when it was saved (RFC 3339 in UTC) and by which attempt of which step, if by one."""

    run: int
    artifact: Artifact
    saved_at: str
    step: str | None = None
    attempt: int | None = None


@frozen(kw_only=True)
class Refusal:
    """What was not kept: a name, made harmless for screens, and why."""

    name: str
    reason: str


def find_fault(key: str) -> str | None:
    """Why `key` cannot be the key of an artifact; None when it can."""
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return "the name is not UTF-8"
    faults = (
        (size == 0, "the name is empty"),
        (size > MOST_KEY_BYTES, f"the name is longer than {MOST_KEY_BYTES} bytes"),
        (any(map(is_control, key)), "the name has control characters"),
        (key.startswith("/"), "the name is absolute"),
        (not {"", ".", ".."}.isdisjoint(key.split("/")), "the name has an empty part, `.` or `..`"),
    )
    return next((reason for is_so, reason in faults if is_so), None)


def is_control(char: str) -> bool:
    """Whether `char` could move a cursor, end a line, or reorder what is shown around it."""
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0 or code in _HIDDEN


def show_harmless(name: str, *, most: int = 200) -> str:
    """`name` for events and screens, whatever it holds: escapes for what is hidden or no text, cut where too long."""
    text = name[: most + 1].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    shown = "".join(_escape(char) if is_control(char) else char for char in text)
    return shown if len(shown) <= most else shown[:most] + "…"


def guess_type(name: str) -> str:
    """The media type that the ending of `name` stands for."""
    return _TYPES.get(name.rpartition(".")[2].lower(), OCTETS) if "." in name else OCTETS


def _escape(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"


_HIDDEN = frozenset({0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF})

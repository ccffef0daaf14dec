"""Durations and sizes as people write them: `"1h30m"`, `30`, `"10GiB"`. Pure functions, shared by both programs."""

import re

DURATION_HINT = 'a number of seconds or a string such as "90s", "10m", "1h30m" or "2d"'
SIZE_HINT = 'a number of bytes or a string such as "500KiB", "50MiB" or "10GiB"'

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_BYTES = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")
_LONGEST = 10 * 365 * 86400.0
_LARGEST = 2**50


def parse_duration(text: str) -> float:
    """Seconds in `text` (`"90"`, `"90s"`, `"1h30m"`). Raises ValueError for anything else, negatives included."""
    stripped = text.strip()
    try:
        seconds = float(stripped)
    except ValueError:
        parts = _PART.findall(stripped)
        if not parts or "".join(number + unit for number, unit in parts) != stripped:
            message = f"{text!r} is not a duration: expected {DURATION_HINT}"
            raise ValueError(message) from None
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return check_duration(seconds)


def check_duration(seconds: float) -> float:
    """`seconds` itself when it lies in 0 to ten years. Raises ValueError otherwise (NaN and infinity too)."""
    if not 0 <= seconds <= _LONGEST:
        message = f"{seconds:g} s is out of range: a duration lies between 0 and 10 years"
        raise ValueError(message)
    return seconds


def parse_size(text: str) -> int:
    """Bytes in `text` (`"512"`, `"10GiB"`, `"1.5 MB"`). Raises ValueError for anything else."""
    match = _SIZE.fullmatch(text.strip())
    unit = match.group(2).lower() if match else None
    if match is None or unit not in _BYTES:
        message = f"{text!r} is not a size: expected {SIZE_HINT}"
        raise ValueError(message)
    size = float(match.group(1)) * _BYTES[unit]
    if size > _LARGEST:
        message = f"{text!r} is out of range: a size lies between 0 and 1024 TiB"
        raise ValueError(message)
    return int(size)


def format_duration(seconds: float) -> str:
    """`seconds` for people: `0.2s`, `12.4s`, `1:30`, `2:05:00`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_limit(seconds: float) -> str:
    """A configured duration in the shortest of its own spellings: `30m`, `1h30m`, `0.5s`."""
    rest, text = seconds, ""
    for unit in ("d", "h", "m"):
        count = int(rest // _SECONDS[unit])
        if count:
            text += f"{count}{unit}"
            rest -= count * _SECONDS[unit]
    return text if text and rest == 0 else text + f"{rest:.6f}".rstrip("0").rstrip(".") + "s"


def format_size(count: float) -> str:
    """`count` bytes for people: `81 KiB`, `3.1 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if round(count) < 1024:
            return f"{count:.0f} {unit}" if unit in {"B", "KiB"} or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"

"""The files with secrets that a configuration names: what no sandbox may show, and what nobody else should read."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from aegisd.config.values import Config

_NAMES = ("secret_file", "key_file", "token_file", "password_file")
_OTHERS = ("origins", "written", "workflows")


def list_secret_files(config: Config) -> tuple[str, ...]:
    """The paths in all keys of `config` that name a file with a secret, each once."""
    parts = [getattr(config, field.name) for field in attrs.fields(type(config)) if field.name not in _OTHERS]
    own = (config.web.tls.key,) if config.web.tls is not None else ()
    return tuple(dict.fromkeys((*own, *(path for part in parts for path in _find(part)))))


def _find(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for each in value:
            yield from _find(each)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            inner = getattr(value, field.name)
            if field.name.removesuffix("s").endswith(_NAMES):
                yield from _list_texts(inner)
            else:
                yield from _find(inner)


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        yield from (each for each in value if isinstance(each, str))

"""A YAML file of somebody else as plain values: mappings, lists, texts, numbers.

The file is not trusted. It is looked at event by event before anything is built of it: a reference (`*name`) counts
for as much as what it stands for, so that a few lines cannot become billions of values. PyYAML's safe loader makes
the values; tags that would choose another constructor are refused before.
"""

import yaml
from attrs import define

from aegisd.importing.draft import plain
from aegisd.importing.unreadable import UnreadableError

MOST_BYTES = 256 * 1024
_MOST_DEPTH = 32
_MOST_VALUES = 20_000
_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq"))


@define
class _Open:
    """A mapping or list that has begun."""

    anchor: str | None
    size: int = 1


def read_yaml(data: bytes) -> object:
    """The one document in `data`. Raises UnreadableError, in words for people."""
    if len(data) > MOST_BYTES:
        message = f"it is larger than {MOST_BYTES // 1024} KiB"
        raise UnreadableError(message)
    try:
        text = data.decode("utf-8-sig")
        _check(text)
        found: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that refuses more
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8"
        raise UnreadableError(message) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"it is not YAML: {error.problem or error.context}"
        raise UnreadableError(message, line=None if mark is None else mark.line + 1) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        message = f"it is not YAML that can be used: {' '.join(str(error).split())[:200]}"
        raise UnreadableError(message) from None
    return found


def _check(text: str) -> None:
    """Raises UnreadableError for what is too deep, too much, or has tags of its own."""
    sizes: dict[str, int] = {}
    stack = [_Open(None)]
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = 0 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            _check_tag(event.tag, line)
            if len(stack) > _MOST_DEPTH:
                message = f"it is more than {_MOST_DEPTH} levels deep"
                raise UnreadableError(message, line=line)
            stack.append(_Open(event.anchor))
        elif isinstance(event, yaml.ScalarEvent):
            _check_tag(event.tag, line)
            stack[-1].size += 1
            sizes |= {event.anchor: 1} if event.anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                message = f"*{plain(event.anchor)} stands for nothing that is complete before it"
                raise UnreadableError(message, line=line)
            stack[-1].size += sizes[event.anchor]
        elif isinstance(event, yaml.CollectionEndEvent):
            done = stack.pop()
            sizes |= {done.anchor: done.size} if done.anchor else {}
            stack[-1].size += done.size
        if stack[-1].size > _MOST_VALUES:
            message = f"it comes to more than {_MOST_VALUES} values"
            raise UnreadableError(message, line=line)


def _check_tag(tag: str | None, line: int) -> None:
    if tag is not None and tag not in _PLAIN:
        message = f"the tag {tag[:60]!r} asks for more than plain values"
        raise UnreadableError(message, line=line)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, to which a key that stands twice in a mapping is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - as PyYAML has it
        """The values of `node`."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    message = f"the key {key.value[:60]!r} stands there twice"
                    raise UnreadableError(message, line=key.start_mark.line + 1)
                seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))

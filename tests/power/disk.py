"""A disk as it may be after the power was cut: what was synced is there, and of the rest any part.

It is stricter than file systems are. A name is safe once its folder was synced, bytes once their file was; of what was
not, each operation is kept or lost by chance, and of each write any of its sectors. Operations come from the journal of
`shim.c`.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random

from attrs import define, field, frozen

CREATE, WRITE, TRUNCATE, SYNC, SYNC_ALL, RENAME, UNLINK, MKDIR = range(1, 9)
_HEAD = struct.Struct("<IIqII")
_SECTOR = 512


@frozen
class Operation:
    """One entry of the journal; `end` is the length of the journal with it."""

    kind: int
    path: str
    offset: int
    data: bytes
    end: int


def read_journal(path: Path) -> Iterator[Operation]:
    """What aegisd did, in order. An entry that is cut short is the last one."""
    journal, place = path.read_bytes(), 0
    while place + _HEAD.size <= len(journal):
        kind, path_length, offset, data_length, _ = _HEAD.unpack_from(journal, place)
        name, end = place + _HEAD.size, place + _HEAD.size + path_length + data_length
        if end > len(journal):
            return
        data = journal[name + path_length : end]
        yield Operation(kind, journal[name : name + path_length].decode(), offset, data, end)
        place = end


@define(eq=False)
class _File:
    """`pending` holds writes (offset, data) and truncations (length, None)."""

    durable: bytearray = field(factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(factory=list)

    def settle(self) -> None:
        for change in self.pending:
            _change(self.durable, *change)
        self.pending.clear()

    def survive(self, chance: Random, kept: float) -> bytes:
        """What is found: each change that was not synced is there, in part there, or not."""
        found = bytearray(self.durable)
        for offset, data in self.pending:
            if data is None:
                if chance.random() < kept:
                    _change(found, offset, None)
                continue
            for start in range(0, len(data), _SECTOR):
                if chance.random() < kept:
                    _change(found, offset + start, data[start : start + _SECTOR])
        return bytes(found)


@define(eq=False)
class _Folder:
    """`pending` holds names with what they stand for from then on; None takes one away."""

    durable: "dict[str, _File | _Folder]" = field(factory=dict)
    pending: "list[tuple[str, _File | _Folder | None]]" = field(factory=list)

    def settle(self) -> None:
        for name, node in self.pending:
            _rename(self.durable, name, node)
        self.pending.clear()

    def survive(self, chance: Random, kept: float) -> "dict[str, _File | _Folder]":
        """The names that are found."""
        found = dict(self.durable)
        for name, node in self.pending:
            if chance.random() < kept:
                _rename(found, name, node)
        return found


class Disk:
    """The folder `root`, empty at first, and what was done in it."""

    def __init__(self, root: str) -> None:
        self._root = _Folder()
        self._nodes: dict[str, _File | _Folder] = {root: self._root}

    def do(self, operation: Operation) -> None:
        """One more operation."""
        path, node = operation.path, self._nodes.get(operation.path)
        if operation.kind in {CREATE, MKDIR}:
            self._name(path, _File() if operation.kind == CREATE else _Folder())
        elif operation.kind == RENAME:
            self._move(path, operation.data.decode())
        elif operation.kind == UNLINK:
            self._name(path, None)
        elif operation.kind == SYNC_ALL:
            for each in self._nodes.values():
                each.settle()
        elif operation.kind == SYNC and node is not None:
            node.settle()
        elif isinstance(node, _File):
            node.pending.append((operation.offset, operation.data if operation.kind == WRITE else None))

    def lose_power(self, target: Path, chance: Random) -> None:
        """Write what is found afterwards into the folder `target`. Changes nothing here: power can be lost again."""
        _write(self._root, target, chance, chance.choice((0.0, 0.1, 0.5, 0.9, 1.0)))

    def _name(self, path: str, node: _File | _Folder | None) -> None:
        folder, _, name = path.rpartition("/")
        parent = self._nodes.get(folder)
        if isinstance(parent, _Folder):
            parent.pending.append((name, node))
            _rename(self._nodes, path, node)

    def _move(self, path: str, new: str) -> None:
        node = self._nodes[path]
        below = {old: each for old, each in self._nodes.items() if old.startswith(f"{path}/")}
        self._name(new, node)
        self._name(path, None)
        for old, each in below.items():
            del self._nodes[old]
            self._nodes[new + old[len(path) :]] = each


def _change(data: bytearray, offset: int, new: bytes | None) -> None:
    if new is None:
        del data[offset:]
    if len(data) < offset:
        data.extend(bytes(offset - len(data)))
    if new is not None:
        data[offset : offset + len(new)] = new


def _rename(names: "dict[str, _File | _Folder]", name: str, node: _File | _Folder | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _write(folder: _Folder, target: Path, chance: Random, kept: float) -> None:
    target.mkdir()
    for name, node in folder.survive(chance, kept).items():
        if isinstance(node, _Folder):
            _write(node, target / name, chance, kept)
        else:
            (target / name).write_bytes(node.survive(chance, kept))

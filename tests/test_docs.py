"""The reference pages against the code: whatever can be met has a row, and generated pages are what it makes them."""

import re

import pytest

from aegisctl.commands import COMMANDS, load_verb
from aegisctl.global_flags import GLOBAL_FLAGS
from aegisd.config.topics import Table, list_tables
from aegisd.core.codec import decode_event, encode_event
from aegisd.core.events import EVENT_TYPES
from aegisd.steps import SPECS
from aegisd.wire import errors
from docs.generate import PAGES
from docs.generate.interface import parse_interface, read_interface
from docs.generate.samples import sample_event
from tests.documents import REFERENCE

EXIT_STATUSES = {name: value for name, value in vars(errors).items() if name.startswith("EXIT_") and name.isupper()}


def _page(name: str) -> str:
    return (REFERENCE / name).read_text()


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name: str) -> None:
    """`make docs` would change nothing."""
    assert _page(name) == PAGES[name]()


@pytest.mark.parametrize("table", list_tables(SPECS), ids=lambda table: str(table.name))
def test_keys_are_described(table: Table) -> None:
    """Each key of the configuration has a row in configuration.md."""
    missing = [name for name in table.slots if f"| `{name}` |" not in _page("configuration.md")]
    assert missing == []


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_events_are_described(name: str) -> None:
    """Each event type has a heading in events.md."""
    assert f"\n## `{name}`\n" in _page("events.md")


def test_no_other_events_are_described() -> None:
    """W3.13: each heading that is the name of an event is that of one that there is."""
    described = re.findall(r"^## `([a-z_]+\.[a-z_]+)`$", _page("events.md"), re.MULTILINE)
    assert sorted(described) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_event_examples_are_events(name: str) -> None:
    """The example of an event in the reference is one that aegis reads back unchanged."""
    example = sample_event(name)
    assert decode_event(encode_event(example)) == example


@pytest.mark.parametrize("name", [each.name for each in parse_interface(read_interface())])
def test_interface_is_described(name: str) -> None:
    """Each method, type and error of the control socket is in control-interface.md."""
    assert re.search(rf"^(### {name}|\| `{name}` \|)", _page("control-interface.md"), re.MULTILINE)


@pytest.mark.parametrize(("name", "status"), [(n, s) for n, s in EXIT_STATUSES.items() if isinstance(s, int)])
def test_exit_statuses_are_described(name: str, status: int) -> None:
    """Each exit status has a row in exit-codes.md."""
    assert re.search(rf"^\|.*\b{status}\b.*\|", _page("exit-codes.md"), re.MULTILINE), name


@pytest.mark.parametrize("code", sorted({code for code, _ in errors.ERRORS.values()}))
def test_error_codes_of_calls_are_described(code: str) -> None:
    """Each code that a refused call can carry is in error-codes.md."""
    assert code in _page("error-codes.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_verbs_are_described(name: str) -> None:
    """Each verb and each of its flags is in aegisctl.md."""
    page = _page("aegisctl.md")
    verb, _ = load_verb(name)
    assert re.search(rf"^#+ .*`?\b{name}\b", page, re.MULTILINE)
    missing = [flag.names[-1] for flag in (*verb.flags, *GLOBAL_FLAGS) if flag.names[-1] not in page]
    assert missing == []

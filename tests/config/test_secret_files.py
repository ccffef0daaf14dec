"""Which files a configuration names as secret ones."""

from typing import Any

import attrs
from attrs import evolve, field, frozen

from aegisd.config.secret_files import list_secret_files
from tests.config.check import STEP, load_text


@frozen(kw_only=True)
class Hook:
    """A section as later ones may be."""

    url: str = "https://hooks.example.org"
    secret_file: str | None = None
    old_secret_files: tuple[str, ...] = ()
    inner: dict[str, Any] = field(factory=dict)


def test_wherever_they_stand() -> None:
    """In sections, lists and tables, by the name of the key; each file once; what is no secret is not taken for one."""
    config = load_text(STEP)
    assert list_secret_files(config) == ()
    inner = {"x": [Hook(secret_file="/s/c")]}  # noqa: S106 - a path
    hook = Hook(old_secret_files=("/s/b", "/s/a"), inner=inner)
    assert {each.name for each in attrs.fields(type(config))} >= {"control", "daemon"}
    assert list_secret_files(evolve(config, control=(hook, Hook()))) == ("/s/b", "/s/a", "/s/c")  # type: ignore[arg-type]

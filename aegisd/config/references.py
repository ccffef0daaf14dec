"""`{steps.NAME./pointer}` and other names of earlier steps: each step exists, and has ended when it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from aegisd.config.graph import outline_step
from aegisd.config.placeholders import find_script
from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.step import Draft
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.plan import CycleError, Plan, plan_steps
from aegisd.core.pointer import check_pointer
from aegisd.core.schema import Kind
from aegisd.core.template import STEP_REFERENCE, iter_step_references


@frozen(kw_only=True)
class _Mention:
    """A step that another one names: `name`, as it is written (`text`) at `path`."""

    draft: Draft
    name: str
    text: str
    path: Path
    is_template: bool = True


def check_references(reading: Reading, drafts: Sequence[Draft]) -> None:
    """Note what is wrong with the earlier results that the steps of one workflow ask for."""
    mentions = [mention for draft in drafts for mention in _iter_mentions(reading, draft)]
    if not mentions:
        return
    places = {draft.name: index for index, draft in reversed(list(enumerate(drafts)))}
    before = _Before(drafts)
    for mention in mentions:
        if mention.name not in places:
            _refuse_unknown(reading, mention, places)
        elif not before.knows(places[mention.name], places[mention.draft.name]):
            message = (
                f'{mention.draft.where} asks for the result of "{show_name(mention.name)}", which may not have ended'
            )
            help_text = "name it in `needs`, or put it before this step"
            reading.error("AEG284", message, _find(reading, mention), path=mention.path, help=help_text)


class _Before:
    """Which steps have ended before which."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._plan: Plan | None = None
        self._found: dict[int, int] = {}
        try:
            self._plan = plan_steps(tuple(outline_step(draft) for draft in drafts))
        except (CycleError, KeyError):
            return

    def knows(self, earlier: int, index: int) -> bool:
        """Whether step number `earlier` has ended when step number `index` begins; True when nobody can tell."""
        return self._plan is None or bool(self._find(self._plan, index) >> earlier & 1)

    def _find(self, plan: Plan, index: int) -> int:
        """The nodes before `index` as the bits of a number."""
        nodes = [index]
        while nodes:
            node = nodes[-1]
            missing = [other for other in plan.waits[node] if other not in self._found]
            if missing:
                nodes += missing
                continue
            nodes.pop()
            bits = 0
            for other in plan.waits[node]:
                bits |= self._found[other] | 1 << other
            self._found[node] = bits
        return self._found[index]


def _iter_mentions(reading: Reading, draft: Draft) -> Iterator[_Mention]:
    for name, slot in list_slots(draft.spec_class).items() if draft.spec_class else ():
        if name not in draft.values:
            continue
        path = (*draft.path, name)
        if slot.key.names_steps:
            for place, each in enumerate(draft.values[name]):
                yield _Mention(draft=draft, name=each, text=each, path=(*path, place), is_template=False)
        elif slot.key.template:
            yield from _iter_templates(reading, draft, draft.values[name], path, slot.key.kind)


def _iter_templates(reading: Reading, draft: Draft, value: Any, path: Path, kind: Kind) -> Iterator[_Mention]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _iter_templates(reading, draft, each, (*path, name), kind)
    elif isinstance(value, list | tuple):
        script = find_script(value) if kind is Kind.COMMAND else None
        for place, each in enumerate(value):
            within = Kind.COMMAND if place == script else Kind.TEXT
            yield from _iter_templates(reading, draft, each, (*path, place), within)
    elif isinstance(value, str):
        for text, name, pointer in iter_step_references(value):
            mention = _Mention(draft=draft, name=name, text=text, path=path)
            if kind is Kind.COMMAND:
                _refuse_shell(reading, mention)
            _check_pointer(reading, mention, pointer)
            yield mention


def _refuse_shell(reading: Reading, mention: _Mention) -> None:
    message = f"{show_name(mention.text)} in {mention.draft.where}: a shell would run what the result holds"
    help_text = f'give it to the step: env = {{ VALUE = "{show_name(mention.text)}" }}, and write "$VALUE" in `run`'
    reading.error("AEG285", message, _find(reading, mention), path=mention.path, help=help_text)


def _check_pointer(reading: Reading, mention: _Mention, pointer: str) -> None:
    try:
        check_pointer(pointer)
    except ValueError as error:
        message = f"{show_name(mention.text)} in {mention.draft.where}: {error}"
        reading.error("AEG283", message, _find(reading, mention), path=mention.path)


def _refuse_unknown(reading: Reading, mention: _Mention, places: Mapping[str, int]) -> None:
    near = reading.nearest(mention.name, places)
    label = f'did you mean "{near}"?' if near else None
    others = [name for name in places if name and name != mention.draft.name]
    help_text = None if label or not others else f"steps here: {join_names(others)}"
    message = f'{mention.draft.where} asks for the result of "{show_name(mention.name)}", which does not exist'
    reading.error("AEG283", message, _find(reading, mention), path=mention.path, label=label, help=help_text)


def _find(reading: Reading, mention: _Mention) -> tuple[int, int]:
    if not mention.is_template:
        return reading.value(mention.path)
    return reading.within(mention.path, STEP_REFERENCE, mention.text)

"""What steps wait for: names that exist, once each, not themselves, and never in a circle."""

from collections.abc import Sequence
from itertools import islice

from aegisd.config.reading import Reading
from aegisd.config.step import Draft
from aegisd.config.visible import join_names, show_name
from aegisd.core.model import Step
from aegisd.core.plan import CycleError, plan_steps

_MOST_NAMES = 20


def check_graph(reading: Reading, drafts: Sequence[Draft]) -> None:
    """Note everything that is wrong with the names and `needs` of the steps of one workflow."""
    places: dict[str, Draft] = {}
    named = [_check_name(reading, draft, places) for draft in drafts]
    found = [_check_needs(reading, draft, places) for draft in drafts]
    if all(named) and all(found):
        _check_cycle(reading, drafts, places)


def _check_name(reading: Reading, draft: Draft, places: dict[str, Draft]) -> bool:
    first = places.setdefault(draft.name, draft) if draft.name else draft
    if first is draft:
        return bool(draft.name)
    path = (*draft.path, "name")
    message = f'there are two steps "{show_name(draft.name)}" in this workflow'
    help_text = None if "name" in draft.values else "without a name a step is called by its type; give it one"
    also = reading.place(reading.key((*first.path, "name")), "the first one is here")
    span = reading.value(path) if "name" in draft.values else reading.key(draft.path)
    reading.error("AEG024", message, span, path=path, help=help_text, also=also)
    return False


def _check_needs(reading: Reading, draft: Draft, places: dict[str, Draft]) -> bool:
    """Whether all that the step needs is there, once."""
    seen: set[str] = set()
    for place, name in enumerate(draft.values.get("needs") or ()):
        path = (*draft.path, "needs", place)
        span = reading.value(path)
        if name in seen:
            reading.error("AEG023", f'{draft.where} needs "{show_name(name)}" twice', span, path=path)
        elif name == draft.name:
            reading.error("AEG022", f"{draft.where} needs itself", span, path=path)
        elif name not in places:
            _refuse_unknown(reading, draft, name, place, places)
        else:
            seen.add(name)
    return len(seen) == len(draft.values.get("needs") or ())


def _refuse_unknown(reading: Reading, draft: Draft, name: str, place: int, places: dict[str, Draft]) -> None:
    path = (*draft.path, "needs", place)
    nearest = reading.nearest(name, places)
    help_text = None
    if nearest:
        line, _ = reading.source.position(reading.key(places[nearest].path)[0])
        help_text = f'did you mean "{nearest}"? (defined at line {line})'
    others = list(islice((known for known in places if known != draft.name), _MOST_NAMES))
    more = f" and {len(places) - 1 - len(others)} more" if len(places) - 1 > len(others) else ""
    label = f"steps here: {join_names(others)}{more}" if others else "there is no other step"
    message = f'{draft.where} needs "{show_name(name)}", which does not exist'
    reading.error("AEG021", message, reading.value(path), path=path, label=label, help=help_text)


def _check_cycle(reading: Reading, drafts: Sequence[Draft], places: dict[str, Draft]) -> None:
    try:
        plan_steps(tuple(outline_step(draft) for draft in drafts))
    except CycleError as error:
        names = list(dict.fromkeys(error.names))
        first = next((places[name] for name in names if "needs" in places[name].values), places[names[0]])
        shown = " -> ".join(f'"{show_name(name)}"' for name in error.names[:_MOST_NAMES])
        more = f" -> ... ({len(names)} steps)" if len(error.names) > _MOST_NAMES else ""
        ordinary = [name for name in names if "needs" not in places[name].values]
        help_text = (
            f'"{show_name(ordinary[0])}" has no `needs`, so it waits for all steps before it' if ordinary else None
        )
        path = (*first.path, "needs")
        message = f"{shown}{more} wait for each other"
        reading.error("AEG031", message, reading.value(path), path=path, help=help_text)


def outline_step(draft: Draft) -> Step:
    """As much of the step as its place in the graph depends on."""
    needs = draft.values.get("needs")
    return Step(name=draft.name, type=draft.type, spec=None, parallel=bool(draft.values.get("parallel")), needs=needs)

"""Templates to HTML. Jinja with autoescape is the only renderer: nothing that comes from outside is ever markup."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from aegis_web.page import words
from aegisd.wire.units import format_size

_FOLDER = Path(__file__).parent / "templates"


def make_templates(*, assets: Mapping[str, str]) -> Environment:
    """The templates; `assets` gives the served name of each static file."""
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals.update(asset=lambda name: assets[name], plural=words.plural, kinds=words.MARKS)
    templates.filters.update(
        at=words.parse_time,
        clean=words.escape,
        date=show_date,
        stamp=show_stamp,
        clock=show_clock,
        due=show_due,
        end=words.describe_end,
        job=words.describe_job,
        kind=words.run_kind,
        mark=words.mark_of,
        nodes=words.format_nodes,
        part=words.describe_part,
        seconds=show_seconds,
        since=words.format_since,
        size=format_size,
        span=words.format_span,
        thousands=lambda value: f"{value:,}",
        trigger=words.describe_trigger,
        word=words.word_of,
    )
    templates.filters.update(amount=show_amount, cost=words.describe_cost)
    templates.filters.update(age=show_age, utc=show_utc, with_query=with_query, query_value=query_value)
    return templates


def show_age(time: str | None, now: float) -> Markup:
    """`2m ago` with the exact moment behind it; a script keeps it true, and without one there is the moment instead.
    Empty without a time."""
    if not time:
        return Markup("")
    age = words.format_age(max(0.0, now - words.parse_time(time)))
    both = Markup('<span class="rel">{}</span><noscript>{}</noscript>').format(age, show_stamp(time))
    return _mark_time(time, both, "age")


def show_utc(seconds: float) -> str:
    """Unix time as RFC 3339, for the filters that take times."""
    return words.format_utc(seconds)


def with_query(url: str, name: str, value: str | None) -> str:
    """`url` with `name` in its query set to `value`; without it when that is None."""
    path, _, query = url.partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    pairs += [(name, value)] if value is not None else []
    return f"{path}?{urlencode(pairs)}" if pairs else path


def query_value(url: str, name: str) -> str:
    """The value of `name` in the query of `url`; empty without it."""
    return dict(parse_qsl(url.partition("?")[2])).get(name, "")


def show_stamp(time: str) -> str:
    """`Sat 2026-11-21 08:00:31 UTC` as mere text, for attributes."""
    return words.format_date(words.parse_time(time), utc=True)


def show_date(time: str) -> Markup:
    """`Sat 2026-11-21 08:00:31 UTC`. This and the next ones are in UTC until a script makes them the reader's."""
    return _mark_time(time, show_stamp(time), "date")


def show_clock(time: str) -> Markup:
    """`08:00:31`, with the date behind it."""
    return _mark_time(time, words.format_clock(words.parse_time(time), utc=True), "clock")


def show_due(time: str, now: float) -> Markup:
    """`14:30`, `Sun 02:00` or a date."""
    return _mark_time(time, words.format_due(words.parse_time(time), now=now, utc=True), "due")


def _mark_time(time: str, text: str, form: str) -> Markup:
    """A time element; `data-as` tells the script in which form it stands here."""
    marked = Markup('<time datetime="{}" title="{}" data-as="{}">{}</time>')
    return marked.format(time, show_stamp(time), form, text)


def show_seconds(value: float | None) -> str:
    """`142 ms`, `4.2 s`, `12:05`; empty without one."""
    if value is None:
        return ""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else words.format_span(value)


def show_amount(value: float, unit: str) -> str:
    """`$0.4200` of US dollars, else `1,200 tokens`."""
    return f"${value:.4f}" if unit == "usd" else f"{value:,.0f} {unit}"


def render(templates: Environment, name: str, values: Mapping[str, Any]) -> str:
    """A template as HTML."""
    return templates.get_template(name).render(values)

"""What models have used, summed by SQLite: only the rows of `llm.responded` are looked at, none leaves the store.

It answers as `core.usage.fold_usage` does; a test holds both to the same.
"""

import apsw
from attrs import evolve

from aegisd.core.event_filter import EventFilter
from aegisd.core.events.agent import LlmResponded
from aegisd.core.usage import Usage, order_usage
from aegisd.store.events import ask

ANSWERS = frozenset({LlmResponded.type})

_COLUMNS = {"model": "body ->> '$.data.model'"}
_NUMBERS = """
    body ->> '$.data.prompt_tokens' AS prompt, body ->> '$.data.completion_tokens' AS completion,
    coalesce(body ->> '$.data.total_tokens', (body ->> '$.data.prompt_tokens') + (body ->> '$.data.completion_tokens'))
    AS total, body ->> '$.data.cost_usd' AS cost
"""


def select_usage(connection: apsw.Connection, *, wanted: EventFilter, by: tuple[str, ...]) -> list[Usage]:
    """The usage in the events that pass, for each group; `by` are some of `core.usage.GROUPS`."""
    question = ask(connection, evolve(wanted, types=ANSWERS))
    if question is None:
        return []
    groups = [f"{_COLUMNS.get(name, name)} AS g{place}" for place, name in enumerate(by)]
    rows, values = question.write(", ".join([*groups, _NUMBERS]), after=0)
    names = "".join(f"g{place}, " for place in range(len(by)))
    order = f"GROUP BY {names[:-2]}" if by else "HAVING count(*) > 0"
    sums = "count(*), sum(prompt), sum(completion), sum(total), sum(cost), count(*) - count(cost)"
    found = connection.execute(f"SELECT {names}{sums} FROM ({rows}) {order}", values)  # noqa: S608 - fixed parts only
    return order_usage(
        Usage(
            calls=calls,
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=total,
            cost_usd=cost,
            unpriced=unpriced,
            group=dict(zip(by, group, strict=True)),
        )
        for *group, calls, prompt, completion, total, cost, unpriced in found
    )

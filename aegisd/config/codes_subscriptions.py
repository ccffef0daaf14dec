"""The codes of subscriptions."""

from aegisd.config.code import Code

_HEAD = '[[subscriptions]]\nname = "archive"\ntype = "jsonl"\n'

SUBSCRIPTIONS = (
    Code(
        code="AEG270",
        title="two subscriptions of one name",
        text="aegis keeps under its name which events a subscription has had. Two of one name would take events "
        "from each other.",
        bad=f'{_HEAD}path = "/tmp/a.jsonl"\n{_HEAD}path = "/tmp/b.jsonl"\n',
        good=f'{_HEAD}path = "/tmp/a.jsonl"\n',
    ),
    Code(
        code="AEG271",
        title="unknown type of subscription",
        text="Events go into a file (`jsonl`) or to a program (`command`).",
        bad='[[subscriptions]]\nname = "archive"\ntype = "json"\n',
        good=_HEAD,
    ),
    Code(
        code="AEG272",
        title="not an event type",
        text="An entry of `events` is the whole name of a type, a kind of types that ends in `.*`, or `*`. Nothing "
        "else is a pattern, and an empty list would let nothing through.",
        bad=f'{_HEAD}events = ["*.completed"]\n',
        good=f'{_HEAD}events = ["step.completed", "workflow.*"]\n',
    ),
    Code(
        code="AEG273",
        title="unknown event type",
        text="This version has no such event. A later one may have it, so this is a warning; most often it is a slip "
        "of the pen.",
        bad=f'{_HEAD}events = ["workflow.complete"]\n',
        good=f'{_HEAD}events = ["workflow.completed"]\n',
    ),
    Code(
        code="AEG274",
        title="unknown result",
        text="Runs and steps end with one of six results: success, failure, error, timeout, cancellation, skip.",
        bad=f'{_HEAD}results = ["failed"]\n',
        good=f'{_HEAD}results = ["failure"]\n',
    ),
    Code(
        code="AEG275",
        title="two subscriptions write one file",
        text="A file of events has one writer: two would repeat events and break each other's lines.",
        bad=f'{_HEAD}path = "/tmp/a.jsonl"\n[[subscriptions]]\nname = "b"\ntype = "jsonl"\npath = "/tmp/a.jsonl"\n',
        good=f'{_HEAD}path = "/tmp/a.jsonl"\n[[subscriptions]]\nname = "b"\ntype = "jsonl"\npath = "/tmp/b.jsonl"\n',
    ),
)

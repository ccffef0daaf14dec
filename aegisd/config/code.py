"""What is known of one code."""

from attrs import frozen


@frozen(kw_only=True)
class Code:
    """`title` in a few words, `text` in a few sentences, and what `bad` and `good` look like. `kind` says what the
    examples are: `toml` a configuration, `console` a command, `text` neither."""

    code: str
    title: str
    text: str
    bad: str
    good: str
    kind: str = "toml"

"""The keys of `[artifacts]`: declarations only."""

from attrs import frozen

from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class ArtifactsConfig:
    """The keys of `[artifacts]`."""

    run_files: int = key(
        Kind.COUNT,
        "Artifacts that one run may leave behind. Further ones are refused by name.",
        example="20000",
        default=20_000,
        minimum=0,
        maximum=1_000_000,
    )
    run_bytes: int = key(
        Kind.SIZE,
        "What the artifacts of one run may come to. One that does not fit is refused by name.",
        example='"10GiB"',
        default=10 * 2**30,
        default_text='"10GiB"',
    )
    keep: int = key(
        Kind.SIZE,
        "What the artifacts of all runs may come to, equal ones counted once. What goes beyond is removed, the oldest "
        "run's first. With a run that is let go (`keep` in [daemon]) go its artifacts.",
        example='"50GiB"',
        default=50 * 2**30,
        default_text='"50GiB"',
    )

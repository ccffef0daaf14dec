"""The median, by hand: `statistics` brings fractions, decimals and half a MiB into a daemon that needs four lines."""

from collections.abc import Collection


def find_median(values: Collection[float]) -> float:
    """The middle one of `values`, or what is halfway between the two in the middle. Raises IndexError without any."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

"""Which events a subscription wants."""

from aegisd.config.subscription_keys import Subscription
from aegisd.core.event_filter import EventFilter


def make_filter(subscription: Subscription) -> EventFilter:
    """The filter that `events`, `workflows` and `results` make up."""
    return EventFilter(
        types=frozenset() if "*" in subscription.events else frozenset(subscription.events),
        workflows=frozenset(subscription.workflows),
        results=frozenset(subscription.results),
    )

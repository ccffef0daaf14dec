"""Events about subscriptions. There is one when things change, not one for each delivery."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class SubscriptionFailing:
    """An event could not be delivered. Further failures are counted by `aegisctl subscriptions`, and not told here."""

    type: ClassVar[str] = "subscription.failing"
    name: str
    error: str
    first_seq: int
    last_seq: int


@frozen(kw_only=True)
class SubscriptionRecovered:
    """Events are delivered again. `failures` attempts had failed, `lost` events were given up."""

    type: ClassVar[str] = "subscription.recovered"
    name: str
    failures: int
    lost: int


SubscriptionEvent = SubscriptionFailing | SubscriptionRecovered

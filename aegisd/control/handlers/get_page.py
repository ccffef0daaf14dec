"""GetPage: where people find the page."""

from typing import Any

from aegisd.control.call import Call


async def get_page(call: Call) -> dict[str, Any]:
    """The URL of the page; null when HTTP is served nowhere that a browser reaches."""
    return {"url": call.daemon.desks.page.find_url()}

"""`/services`: the external services that steps call, as the daemon last saw them. Nobody is asked while the page is
made."""

from aegis_web.page.view import Asked, Shown, View

KINDS = {"up": "success", "down": "failure", "degraded": "timeout"}


async def show_services(asked: Asked) -> Shown:
    """See the module."""
    services = await asked.daemon.desks.services.list()
    down = [each["name"] for each in services if each["state"] == "down"]
    title = f"{', '.join(down)} down" if down else "Services"
    values = {"services": services, "kinds": KINDS}
    return Shown(title=title, state="failure" if down else "idle", values=values, terminal=("aegisctl services",))


VIEW = View(name="services", rule="/services", template="services.html", make=show_services, nav="services")

"""`/executors`: where steps run beside this host, each asked when the page is made, at most every two seconds."""

from aegis_web.page.view import Asked, Shown, View

KINDS = {"up": "success", "down": "failure"}


async def show_executors(asked: Asked) -> Shown:
    """See the module."""
    executors = await asked.daemon.desks.executors.list()
    down = [each["name"] for each in executors if each["state"] == "down"]
    title = f"{', '.join(down)} down" if down else "Executors"
    values = {"executors": executors, "kinds": KINDS}
    return Shown(title=title, state="failure" if down else "idle", values=values, terminal=("aegisctl executors",))


VIEW = View(name="executors", rule="/executors", template="executors.html", make=show_executors, nav="about")

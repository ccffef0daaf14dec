"""`/about`: which aegis this is, from which files it was configured, and where it keeps what."""

from aegis_web.page.view import Asked, Shown, View


async def show_about(asked: Asked) -> Shown:
    """See the module."""
    status = await asked.daemon.status()
    return Shown(title="About", values={"status": status}, terminal=("aegisctl status -v", "aegisctl version"))


VIEW = View(name="about", rule="/about", template="about.html", make=show_about)

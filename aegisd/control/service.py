"""`org.varlink.service`: what every Varlink service says about itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aegisd import wire
from aegisd.core.interface import load_interface
from aegisd.wire.errors import INTERFACE, CallError

if TYPE_CHECKING:
    from aegisd.control.call import Call

SERVICE = "org.varlink.service"

INTERFACES: Final = {
    SERVICE: load_interface(Path(__file__).with_name(f"{SERVICE}.varlink")),
    INTERFACE: load_interface(Path(wire.__file__).with_name(f"{INTERFACE}.varlink")),
}


async def get_info(call: "Call") -> dict[str, Any]:
    """What this is, and the interfaces that it has."""
    return {
        "vendor": "aegis",
        "product": "aegisd",
        "version": call.version,
        "url": "",
        "interfaces": list(INTERFACES),
    }


async def get_interface_description(call: "Call") -> dict[str, Any]:
    """The text of an interface file."""
    name = call.parameters["interface"]
    if name not in INTERFACES:
        raise missing_interface(name)
    return {"description": INTERFACES[name].text}


def missing_interface(name: str) -> CallError:
    """What the caller of an interface is told that is not here."""
    return CallError(f"{SERVICE}.InterfaceNotFound", f'there is no interface "{name}"', interface=name)

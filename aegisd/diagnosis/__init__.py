"""What `aegisctl doctor` looks at on the side of aegisd: one function per check, in a module per topic. A new one is a
function and a line here; it says nothing about what does not concern this host.

The checks run in a thread, inside aegisd or (without one) in `aegisd doctor`, and only look.
"""

from collections.abc import Callable, Iterable, Mapping

from aegisd.diagnosis import adoption, authorities, configuration, confinement, host, secrets, service, storage
from aegisd.diagnosis.finding import Finding
from aegisd.diagnosis.patient import Patient

CHECKS: Mapping[str, Callable[[Patient], Iterable[Finding]]] = {
    "configuration": configuration.check_configuration,
    "state-dir": storage.check_owner,
    "file-system": storage.check_file_system,
    "space": storage.check_space,
    "store": storage.check_store,
    "containment": confinement.check_containment,
    "limits": confinement.check_limits,
    "sandbox": confinement.check_sandbox,
    "secrets": secrets.check_secret_files,
    "clock": host.check_clock,
    "descriptors": host.check_descriptors,
    "time-zones": host.check_time_zones,
    "authorities": authorities.check_authorities,
    "systemd": service.check_service,
    "adoption": adoption.check_adoption,
}

"""The codes of limits and sandboxes: what a step asks for and this host cannot honour."""

from aegisd.config.code import Code

CONFINEMENT = (
    Code(
        code="AEG210",
        title="no network without a sandbox",
        text="Only a sandbox can take the network away from a step. With `network = false`, the step or its workflow "
        'must have `sandbox = "bwrap"`.',
        bad='[[workflows.ci.steps]]\nrun = "make"\nnetwork = false\n',
        good='[[workflows.ci.steps]]\nrun = "make"\nsandbox = "bwrap"\nnetwork = false\n',
    ),
    Code(
        code="AEG211",
        title="no sandbox on this host",
        text="A step is to run in a sandbox, and bubblewrap is not installed or may not make one here. aegisd does not "
        "start with such a configuration, because the step would run unprotected or not at all. The help line says "
        "what to install or to allow; `aegisctl doctor` tries a sandbox and shows what is missing.",
        bad='sandbox = "bwrap"     and there is no program bwrap',
        good="sudo apt install bubblewrap",
        kind="text",
    ),
    Code(
        code="AEG212",
        title="limit that cannot be honoured",
        text="`memory`, `cpus` and `pids` are held by the kernel, through a cgroup that belongs to aegisd. Here aegisd "
        "has none, or one without that controller, and a limit that nobody holds is refused instead of passed over. "
        "`nice` works everywhere. `aegisctl doctor` shows what aegisd may use and how to give it more.",
        bad='memory = "2GiB"     and aegisd runs without a cgroup of its own',
        good="Delegate=cpu memory pids     in the unit of aegisd",
        kind="text",
    ),
    Code(
        code="AEG213",
        title="what you could not honour",
        text="Whoever checks the configuration could not hold this limit or make this sandbox, but aegisd runs as "
        "another user, who may be able to. This is a warning; aegisd itself refuses to start when it cannot either.",
        bad="aegisctl validate     as a user without a cgroup of one's own",
        good="aegisctl doctor     asks the aegisd that runs",
        kind="text",
    ),
)

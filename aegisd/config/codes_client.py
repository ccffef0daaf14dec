"""The codes of aegisctl itself (`aegisctl/failure.py`): what goes wrong before or without an answer of the daemon."""

from aegisd.config.code import Code

CLIENT = (
    Code(
        code="AEG130",
        title="wrong usage",
        text="A verb, flag or argument is unknown or missing. Nothing was sent. Exit status 2.",
        bad="aegisctl histroy",
        good="aegisctl help",
        kind="console",
    ),
    Code(
        code="AEG131",
        title="aegisd is not running",
        text="Nobody answers on the control socket. Exit status 69.",
        bad="aegisctl status     (aegisd is stopped)",
        good="sudo systemctl start aegisd && aegisctl status",
        kind="console",
    ),
    Code(
        code="AEG132",
        title="no permission for the socket",
        text="The control socket belongs to a group (`group` in [control]) that you are not in, or that you "
        "have joined since this shell was started. Exit status 77.",
        bad="aegisctl status     (not a member of aegis)",
        good='sudo usermod -aG aegis "$USER"     (then log in again)',
        kind="console",
    ),
    Code(
        code="AEG133",
        title="wrong socket",
        text="What `--socket` or `$AEGIS_SOCKET` names is not the control socket of aegisd. Exit status 69.",
        bad="aegisctl --socket /etc/passwd status",
        good="aegisctl --socket /run/aegis/control.sock status",
        kind="console",
    ),
    Code(
        code="AEG134",
        title="no answer",
        text="aegisd took the connection but did not answer in time. Its journal may say why. Exit status 69.",
        bad="aegisctl status     (aegisd hangs)",
        good="journalctl -u aegisd -n 50",
        kind="console",
    ),
    Code(
        code="AEG135",
        title="broken stream",
        text="The connection ended in the middle of an answer. A run that was watched goes on. Exit status 69.",
        bad="aegisctl watch 842     (aegisd was killed)",
        good="aegisctl watch 842     (once it is back)",
        kind="console",
    ),
    Code(
        code="AEG136",
        title="waited long enough",
        text="The time that `--timeout` gave for waiting is over. The run goes on. Exit status 124.",
        bad="aegisctl run quality --timeout 1s",
        good="aegisctl watch",
        kind="console",
    ),
    Code(
        code="AEG137",
        title="no such topic",
        text="There is no help about that. Exit status 66.",
        bad="aegisctl help exit-cods",
        good="aegisctl help exit-codes",
        kind="console",
    ),
    Code(
        code="AEG138",
        title="cannot write",
        text="The answer could not be written where it was to go: the disk is full, or the file may not be "
        "written. Exit status 69.",
        bad="aegisctl logs 842 > /full/disk",
        good="aegisctl logs 842",
        kind="console",
    ),
)

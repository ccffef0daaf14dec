"""The codes of what aegisctl makes and keeps: files of `init`, backups, and the check of the store."""

from aegisd.config.code import Code

SHIP = (
    Code(
        code="AEG350",
        title="file exists",
        text="`aegisctl init` and `aegisctl backup` overwrite nothing. Exit status 2.",
        bad="aegisctl init     (.aegis/quality.toml is there already)",
        good="aegisctl init --print",
        kind="console",
    ),
)

"""Completion of aegisctl in shells, from the declarations that `--help` is made of: a file per shell."""

from __future__ import annotations

from aegisctl.shells.bash import render_bash
from aegisctl.shells.fish import render_fish
from aegisctl.shells.zsh import render_zsh

# shell -> what makes its script
SHELLS = {"bash": render_bash, "zsh": render_zsh, "fish": render_fish}

"""What later versions of aegis bring: refused by name, so that nobody looks for a spelling mistake."""

SECTIONS = {
    "cli": "defaults of aegisctl",
}

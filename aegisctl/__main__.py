"""`python -m aegisctl`."""

from aegisctl.main import main

main()

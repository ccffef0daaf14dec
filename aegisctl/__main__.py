"""`python -m aegisctl`."""

import sys

from aegisctl.main import main

sys.exit(main())

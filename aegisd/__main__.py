"""`python -m aegisd`."""

import sys

from aegisd.main import main

sys.exit(main())

"""What programs of steps may import: `FOLDER` is in their environment as `$AEGIS_HELPERS`.

A step runs with an interpreter of its own, in which aegis is not installed. So a helper is one file of the standard
library that imports nothing of aegis, works from Python 3.8 on, and may be copied.
"""

from pathlib import Path

FOLDER = str(Path(__file__).parent)

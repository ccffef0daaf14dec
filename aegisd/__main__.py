"""Where the program `aegisd` begins, also as `python -m aegisd`: with what must come before all other imports."""

import sys

from aegisd import late, tuning


def start() -> int:
    """Run aegisd; returns its exit status."""
    late.postpone("bz2", "idna", "ipaddress", "lzma", "ssl")
    tuning.keep_no_sources()
    from aegisd.main import main  # noqa: PLC0415 - see above

    return main()


if __name__ == "__main__":
    sys.exit(start())

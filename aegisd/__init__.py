"""aegisd: the pipeline daemon of a build host. This module holds the version and imports nothing."""

__version__ = "0.1.0"

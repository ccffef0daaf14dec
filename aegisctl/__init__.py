"""aegisctl: the command line of aegis. Standard library and `aegisd.wire` only; what a verb needs is imported late."""

"""What aegisd and aegisctl agree on: framing, errors, units and the interface file. Standard library only."""

"""Listening sockets, for whichever door: the file of a Unix socket, and what systemd passes."""

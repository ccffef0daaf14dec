"""Ways out of this host: connections to addresses that were checked."""

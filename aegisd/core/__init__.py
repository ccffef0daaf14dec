"""The pure core: words, decisions and the fold of events. No await, no clock, no random, no I/O."""

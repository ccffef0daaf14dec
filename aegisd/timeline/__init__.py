"""The timeline: events are numbered, written, kept in a ring and handed to readers, in this order."""

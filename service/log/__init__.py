"""The log: one ordered, append-only sequence of events, and the only truth."""

"""Deciding what is recorded: states folded from events, and the events that commands yield."""

"""Deciding what is recorded: the states that events make, and the events that commands yield on them."""

"""The log as events and states: reading what is stored, folding it."""

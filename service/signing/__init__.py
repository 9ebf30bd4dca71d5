"""Signing the log: its keys, the guard over what was signed, and checkpoints as the log grows."""

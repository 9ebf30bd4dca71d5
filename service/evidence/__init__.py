"""The files that reports rest on: by their hashes, beside the log and never in it."""

"""Moving, backing up and restoring a log."""

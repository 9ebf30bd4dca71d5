"""Which cited figures have moved, and what moved them, kept as it happens."""

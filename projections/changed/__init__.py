"""How the default answer about each indicator changed, event by event, kept as it happens."""

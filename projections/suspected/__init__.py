"""What is suspected of each indicator, event by event, kept as it happens."""

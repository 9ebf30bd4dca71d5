"""Programs elsewhere that are told of changes."""

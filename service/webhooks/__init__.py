"""Programs elsewhere that are told of changes: signed messages, in order."""

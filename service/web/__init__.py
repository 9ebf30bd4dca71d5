"""The pages, rendered here from the same queries as the interface."""

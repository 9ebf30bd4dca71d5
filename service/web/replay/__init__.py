"""The history of a figure, prepared so that a page can play it."""

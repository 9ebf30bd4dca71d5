"""The history of a figure, prepared for a page that plays it step by step."""

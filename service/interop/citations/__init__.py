"""A figure as a citation, in the forms that reference managers read."""

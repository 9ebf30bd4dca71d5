"""The pages on which a desk acts: a form for every command."""

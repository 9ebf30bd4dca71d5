"""A second implementation of all that checks a proof, of which `single.py` makes one file."""

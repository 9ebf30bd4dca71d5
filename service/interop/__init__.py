"""Other forms of the same commands and answers."""

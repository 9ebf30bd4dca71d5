"""A report with all that proves it, as one file to hand on."""

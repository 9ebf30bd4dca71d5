"""What follows the log: the views, and what brings them forward."""

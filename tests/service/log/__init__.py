"""The log: what every backend must do, and what each does beyond that."""

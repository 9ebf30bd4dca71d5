"""What the service costs, each figure beside its limit in the same run: `make bench`."""

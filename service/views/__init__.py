"""The views: the store that keeps them and the follower that brings them up to date with the log."""

"""Following another log over HTTP into a file of its own, which can take over (a mirror)."""

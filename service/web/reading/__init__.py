"""The page that reads a text: paste it, tick the claims that are found, go on as with any report."""

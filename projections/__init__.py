"""Views rebuilt from events: what is current, what was, and how it came to be. Disposable."""

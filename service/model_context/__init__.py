"""The Model Context Protocol: models ask the interface by tools and resources, and write nothing."""

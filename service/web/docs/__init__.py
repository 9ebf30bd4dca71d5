"""The documents as pages: where they are, what Markdown becomes, and what is found in them."""

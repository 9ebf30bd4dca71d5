"""The form for a report: its fields, and what was typed into them."""

"""The form for a report: its fields, and the text typed into them."""

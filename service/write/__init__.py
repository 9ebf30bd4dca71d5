"""The one writer: commands in, stored events out."""

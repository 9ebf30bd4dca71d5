"""The tables that events write, each with its plain reads."""

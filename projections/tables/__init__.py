"""What events write, each table with its plain reads."""

"""Tables (CSV, XLSX, ODS) as commands, by a mapping file: rows in, import lines out."""

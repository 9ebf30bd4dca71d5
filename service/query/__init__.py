"""What answers: queries that the interface, the pages and the command line share."""

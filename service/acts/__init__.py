"""What a desk may do, shared by the command line, the interface and the pages."""

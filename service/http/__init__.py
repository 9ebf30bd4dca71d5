"""The ground of the interface and the pages: routing, parameters, bodies, problems, paging."""

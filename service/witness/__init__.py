"""This service as a witness of other logs (C2SP tlog-witness): it cosigns what only grows."""

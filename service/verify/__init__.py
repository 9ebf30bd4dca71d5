"""Verifying a log with nothing but public reads or a copied directory: what a stranger runs.

Nothing that a server or a file says of a hash counts here: every hash is computed again from bytes.
"""

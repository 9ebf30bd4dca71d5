"""What every log must do: checks of the port's contract that run on any backend, also on a user's.

`checks.py` lists them, `store.py` says what a backend gives them. They are run by the tests on every
backend and by `intellog check-store` on a database or a file system of the user's choice.
"""

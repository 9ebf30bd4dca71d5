"""The rules of the trade: reports, claims, sources, indicators and the way from claims to an estimate.

Pure: standard library and pydantic only. The clock and every id come in as data.
"""

"""Flags over all active claims of an indicator: what a careful analyst would check again."""

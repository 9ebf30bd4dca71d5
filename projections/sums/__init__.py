"""Sums of increments, kept cell by cell over positions."""

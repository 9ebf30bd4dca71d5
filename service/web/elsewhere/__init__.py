"""Figures on other pages: badges, frames, and what programs that make pages ask for them by."""

"""Connections: what slow and hostile clients can take, and what they leave to others."""

"""STIX objects as commands: those of an intellog exactly, those of others by their figures."""

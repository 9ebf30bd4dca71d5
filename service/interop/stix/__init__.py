"""STIX 2.1: what a log holds as STIX objects, and STIX objects of others as commands."""

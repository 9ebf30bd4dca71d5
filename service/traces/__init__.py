"""Traces of requests and writes for OpenTelemetry, off unless a setting names where they go."""

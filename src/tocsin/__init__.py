"""Tocsin: incident response that an organisation owns. See docs/ARCHITECTURE.md for the house and one walk through it."""

__version__ = "0.1.0"

"""Alerts of their own: what pages people without being an incident. `core/escalation` says whom and when."""

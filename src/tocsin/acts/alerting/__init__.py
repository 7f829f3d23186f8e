"""Alerts of their own: opened, answered, escalated, and watched over. `core/alerting` and `core/escalation` decide."""

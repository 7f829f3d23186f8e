"""What the engine counts and measures, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

WORKS = Counter(
    "tocsin_works_total", "Works carried out, by what they do and what came of it.", ["does", "outcome"]
)
PAGES = Counter(
    "tocsin_pages_total", "Messages about alerts, by channel and what came of them.", ["via", "outcome"]
)
SYNTHETIC = Histogram(
    "tocsin_synthetic_page_seconds",
    "How long a synthetic page took through the whole engine to its sink.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
)
LOST = Counter(
    "tocsin_synthetic_pages_lost_total", "Synthetic pages that did not come to their sink within a minute."
)
SILENT = Counter(
    "tocsin_audit_silent_alerts_total",
    "Open alerts that had neither a next step nor an acknowledgement, and were put right.",
)
AUDITED = Gauge("tocsin_audit_last_seconds", "When the auditor last looked, in seconds since 1970.")
OUTAGE = Counter(
    "tocsin_outage_seconds_total", "For how long no node was at work, and all clocks stood still."
)
FAILED = Counter("tocsin_work_errors_total", "Works that failed by a fault of Tocsin itself.", ["does"])
POISONED = Counter("tocsin_poisoned_incidents_total", "Looks at an incident that failed and were put off.")
LAG = Histogram(
    "tocsin_duty_lag_seconds",
    "How late the engine came to an incident whose time had come.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60),
)
WAITING = Gauge("tocsin_works_waiting", "Works that have not gone out yet.")
HELD_UP = Gauge(
    "tocsin_works_held_up", "Works that a service did not take at two tries or more.", ["service"]
)
DUTIES = Gauge(
    "tocsin_duties_fell_due",
    "Duties that fell due in the last 30 days, by how they stand.",
    ["duty", "outcome"],
)
"""Read from the database when /metrics is asked, at most once a minute."""
OPEN = Gauge("tocsin_incidents", "Incidents by status.", ["status"])
"""Read from the database when /metrics is asked."""

"""Calendars (iCalendar, RFC 5545): shifts and days off read from them, schedules written as them. Text to core types and back; no rows."""

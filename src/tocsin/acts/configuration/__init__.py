"""The house as files say it: people, teams, calendars and schedules, read as documents, and changed by them all at once.

What lasts for a while (overrides, absences, cover, shadow shifts) stands in no file and is never touched by one.
"""

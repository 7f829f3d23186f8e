"""Schedules and all that bears on them: who changes what, and what is asked of them.

Each act locks the roster, decides on what is committed, writes, and logs who changed what and whose shifts that moved.
"""

"""Decides. Plain functions of data and a given time: no I/O, no clock, no database, no settings; the standard library only."""

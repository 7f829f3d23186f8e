"""Does what is due, from rows, after commit: the timers of incidents, and the works that leave the house."""

"""Programs that the operators allow, run by procedures: without a shell, in an emptied environment, with an end, and never twice."""

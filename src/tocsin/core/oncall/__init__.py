"""Who is on call: schedules with their rotations, overrides and absences, and what follows from them at any instant.

Pure: no clock, no database. A schedule comes whole (`model.Schedule`), the answers come from `calculator`, `explain` and the others.
"""

"""Procedures: people have them planned, say yes, run and stop them; the engine has hands look and do."""

"""Procedures: resolutions that Tocsin carries out itself, planned, approved, run and verified. Pure, as all of core is."""

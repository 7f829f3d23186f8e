"""A database's schema and its migrations: what files say, what their statements leave behind, and how a failed one is put right.

It knows no database: what the catalogue holds is handed in.
"""

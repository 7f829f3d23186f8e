"""Real git repositories, kept as bare folders and reached over smart HTTP. It knows nothing of GitHub."""

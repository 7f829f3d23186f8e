"""The town speaks as the real services do."""

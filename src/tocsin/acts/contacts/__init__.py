"""How people are reached: their devices, verified by a code, their rules and quiet hours, and what was sent there."""

"""What was deployed, and whether one can go back: the deploys that are known, and the verdict on each service. Pure."""

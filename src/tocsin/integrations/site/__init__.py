"""What a site says of itself: the version that it runs, and whether it is well. It is only asked."""

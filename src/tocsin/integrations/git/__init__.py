"""Git: what repositories look like, and the commits that roll back, freeze, thaw, revert and reland. By the program `git` itself."""

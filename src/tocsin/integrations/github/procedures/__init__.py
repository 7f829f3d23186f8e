"""What procedures do on GitHub: pull requests that revert, merging on green, holding what rolls forward by itself, workflows."""

"""One module for each kind of checkpoint."""

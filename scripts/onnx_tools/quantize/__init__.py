"""One module for each way to make a graph smaller, and the check that it still computes the same."""

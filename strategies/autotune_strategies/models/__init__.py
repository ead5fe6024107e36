"""Models: regressions of a target on features, fitted and read in one go."""

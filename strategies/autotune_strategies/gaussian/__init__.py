"""Gaussian processes: inputs, kernel, likelihood and posterior."""

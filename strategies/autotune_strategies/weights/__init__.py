"""Weights: how much each recorded trial counts when an anticipator learns."""

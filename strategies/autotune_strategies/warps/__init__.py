"""Warps: monotone transformations of a target before it is fitted, and back."""

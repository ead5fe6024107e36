"""Anticipators: what score and fit seconds to expect."""

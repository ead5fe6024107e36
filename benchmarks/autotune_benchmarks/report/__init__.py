"""Pages, tables and pictures of a comparison."""

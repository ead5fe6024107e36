"""Who takes part: recipes, recipes with one part swapped, other tools; and how each searches."""

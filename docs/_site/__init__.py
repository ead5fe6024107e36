"""What the documentation makes from the code: reference pages, tables and pictures."""

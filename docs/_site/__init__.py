"""Documentation made from the code: reference pages, tables and pictures."""

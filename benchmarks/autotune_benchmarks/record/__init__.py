"""The record withstands kills, and every decision in it can be derived again."""

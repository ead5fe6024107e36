"""Schedules: numbers that change as a study goes on."""

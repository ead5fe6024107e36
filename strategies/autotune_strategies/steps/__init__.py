"""Steps of single parameters, and schedules of their length."""

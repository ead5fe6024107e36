"""What runs come to: means, intervals, ranks, tests, profiles."""

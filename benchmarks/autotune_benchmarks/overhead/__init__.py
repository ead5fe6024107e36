"""What autotune itself costs, beside Optuna."""

"""What people can ask for: the model catalogue and validated requests."""

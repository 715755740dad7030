"""Jobs: submitted, run step by step, settled and swept."""

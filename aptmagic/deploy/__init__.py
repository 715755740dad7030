"""Building packages and deploying stacks and releases; never part of a Lambda package."""

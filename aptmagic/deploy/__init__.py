"""Packages the site for AWS Lambda, deploys its stacks and functions, and rolls them back."""

from collections.abc import Callable

# Prints one line for the operator: `print`, `click.echo`, a command's `stdout.write`.
Echo = Callable[[str], object]

#!/usr/bin/env python3
"""Django's command line, pointed at the embedded cloud when one is running here."""

import os
import sys


def main() -> None:
    # The one there is, whatever project the shell was left in.
    os.environ["DJANGO_SETTINGS_MODULE"] = "aptmagic.settings"
    from aptmagic.local.attach import attach

    attach()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

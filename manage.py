#!/usr/bin/env python
import os
import sys

from cdtsite import folders

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
    from django.core.management import execute_from_command_line

    with folders.in_words():
        execute_from_command_line(sys.argv)

"""Say what this deployment gets wrong and what to do, a line each: ok, look, wrong. The exit code is 1 if one is wrong.

Run it as the user of the site, with its settings, while the site runs. It changes nothing and sends no mail.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cdtsite import doctor


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for found in doctor.examined():
            self.stdout.write(f"{found.level:6}{found.about}: {found.said}")
            wrong += found.level == doctor.WRONG
        if wrong:
            raise CommandError(f"{wrong} {'things are' if wrong > 1 else 'thing is'} wrong.")
        self.stdout.write("Nothing is wrong.")

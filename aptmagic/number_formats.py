"""Numbers and money in the format of the current language: $0.16, or 0,16 US$."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def format_number(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def format_dollars(amount: Decimal | str) -> str:
    """US dollars with as many decimals as `amount` has."""
    return _("$%(dollars)s") % {"dollars": number_format(Decimal(amount))}

"""Template tags and filters of every page: icons, pictures, prices, times."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aptmagic import number_formats, text

register = template.Library()

EAGER = SafeString('fetchpriority="high"')
LAZY = SafeString('loading="lazy" decoding="async"')
CURRENT = SafeString('aria-current="page"')
EMPTY = SafeString("")

# Aspect ratios in hundredths, from 9:21 to 21:9; the grid has a CSS class for each.
ASPECT_CLASSES = (43, 56, 67, 80, 100, 125, 150, 178, 233)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Lucide icon from the sprite. It is hidden from screen readers, so add text or a label."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name
    )


@register.simple_tag
def picture(sources: Any, alt: str = "", sizes: str = "100vw", eager: bool = False) -> SafeString:
    """A <picture> with AVIF and WebP sources, and a size that reserves its space.

    Lazy images have `sizes="auto"` first: by the time they load, the browser knows their width.
    """
    sizes = sizes if eager else f"auto, {sizes}"
    return format_html(
        '<picture><source type="image/avif" srcset="{}" sizes="{}">'
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" {}></picture>',
        sources.avif,
        sizes,
        sources.src,
        sources.webp,
        sizes,
        sources.width,
        sources.height,
        alt,
        EAGER if eager else LAZY,
    )


@register.simple_tag
def avatar(handle: str, face: str | None, large: bool = False) -> SafeString:
    """An avatar, or the first letter of the handle. Decorative: the name is beside it."""
    kind = "avatar avatar-large" if large else "avatar"
    if not face:
        return format_html(
            '<span class="{}" aria-hidden="true">{}</span>', kind, handle[:1].upper()
        )
    side = 96 if large else 32
    return format_html(
        '<img class="{}" src="{}" width="{}" height="{}" alt="">', kind, face, side, side
    )


@register.simple_tag
def grid_sizes(width: int, height: int) -> str:
    """The `sizes` of a picture in the grid, whose rows are about equally high."""
    ratio = (width or 1) / (height or 1)
    phone = min(95, round(50 * ratio))
    wide, middling = round(19 * ratio, 1), round(14 * ratio, 1)
    return f"(min-width: 64rem) {wide}rem, (min-width: 36rem) {middling}rem, {phone}vw"


@register.simple_tag
def job_picture_sizes(pictures: int) -> str:
    """The `sizes` of a job's picture: alone it fills the column, else pictures share it."""
    if pictures == 1:
        return "(min-width: 64rem) 62vw, (min-width: 48rem) 68vh, 94vw"
    return "(min-width: 64rem) 31vw, 47vw"


@register.simple_tag
def blurred_placeholder(placeholder: str, width: int, height: int) -> SafeString:
    """The blurred placeholder behind a picture that is still loading."""
    if not placeholder:
        return EMPTY
    return format_html(
        '<img class="hint" src="{}" width="{}" height="{}" alt="">', placeholder, width, height
    )


@register.simple_tag
def aspect_class(width: int, height: int) -> str:
    """The CSS class of the nearest aspect ratio, by which a row of the grid shares its width."""
    wanted = 100 * (width or 1) / (height or 1)
    return f"shape-{min(ASPECT_CLASSES, key=lambda known: abs(known - wanted))}"


@register.simple_tag(takes_context=True)
def aria_current(context: template.Context, *names: str) -> SafeString:
    """aria-current for a navigation link to the current page, given by its view names."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match is not None and match.view_name in names
    return CURRENT if here else EMPTY


@register.simple_tag
def field_attributes(field: Any, *also: str) -> SafeString:
    """aria-describedby and aria-invalid for a form control that a template writes itself."""
    about = " ".join(filter(None, (*also, field.aria_describedby)))
    described = format_html('aria-describedby="{}"', about) if about else EMPTY
    return format_html('{} aria-invalid="true"', described) if field.errors else described


@register.filter
def split_words(said: str) -> list[str]:
    return said.split()


@register.filter
def isolated(said: Any) -> str:
    """A user's text inside our sentence, where no element can isolate it, as in a title."""
    return text.isolate(str(said))


@register.filter
def compact_number(number: int) -> str:
    """1234 as 1.2k."""
    for size, said in ((1_000_000, _("%(number)sM")), (1_000, _("%(number)sk"))):
        if number >= size:
            tenths = round(number / size, 1)
            return said % {"number": number_format(tenths, 0 if tenths.is_integer() else 1)}
    return str(number)


@register.filter
def credits_value(credits: int) -> str:
    """The value of credits in dollars, as $0.16."""
    exactly = Decimal(settings.CREDIT_PRICE_USD) * int(credits)
    return number_formats.format_dollars(exactly.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


@register.filter
def dollars(amount: Decimal | str) -> str:
    return number_formats.format_dollars(amount)


@register.filter
def time_ago(when: datetime | None) -> SafeString:
    """A time like “5 min ago”, with the exact time as its title."""
    if when is None:
        return EMPTY
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(timespec="seconds"),
        f"{date_format(when, 'DATETIME_FORMAT')} UTC",
        _in_words(when, datetime.now(UTC)),
    )


def _in_words(when: datetime, now: datetime) -> str:
    seconds = int((now - when).total_seconds())
    if seconds < 60:
        return _("just now")
    units = (
        (3_600, 60, _("%(n)s min ago")),
        (86_400, 3_600, _("%(n)s h ago")),
        (604_800, 86_400, _("%(n)s d ago")),
    )
    for most, size, said in units:
        if seconds < most:
            return said % {"n": seconds // size}
    if when.year == now.year:
        return date_format(when, pgettext("a day of this year", "j M"))
    return date_format(when, pgettext("a day", "j M Y"))

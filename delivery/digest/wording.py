"""A digest in words, for eyes in HTML and in plain text; dates, times and numbers as the tenant's locale writes them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.alerts.predictions import Prediction
from delivery.digest.contents import LEAST, Digest

TEMPLATES = Path(__file__).with_name("templates")
ALMOST_SURE = 0.99
COLUMNS = ("warehouse", "sku", "probability", "predicted_oos_at", "stock", "velocity")


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter's words."""

    subject: str
    text: str
    html: str


class Words:
    """What a tenant's locale and time zone make of values."""

    def __init__(self, locale: str, zone: ZoneInfo) -> None:
        """``locale`` is a tag such as ``de-DE``; one that is not known gives way to its language, and that to English."""
        self.locale = _locale(locale)
        self.zone = zone

    def chance(self, probability: float) -> str:
        """Whole percent; what is not quite sure is not said to be."""
        if ALMOST_SURE < probability < 1:
            return f"> {format_percent(ALMOST_SURE, locale=self.locale)}"
        return format_percent(probability, locale=self.locale)

    def number(self, value: float) -> str:
        """With at most one decimal, where it is small."""
        return format_decimal(value, "#,##0.#" if abs(value) < 10 else "#,##0", locale=self.locale)

    def day(self, value: date) -> str:
        return format_date(value, "full", locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Of the next days: the day of the week and the time."""
        day = format_datetime(at, "EEE", tzinfo=self.zone, locale=self.locale)
        return f"{day} {format_time(at, 'short', tzinfo=self.zone, locale=self.locale)}"

    def runs_out(self, risk: Prediction) -> str:
        if risk.stock <= 0:
            return "is out"
        return "" if risk.predicted_oos_at is None else self.moment(risk.predicted_oos_at)


def digest(digest: Digest, words: Words, unsubscribe_url: str) -> Wording:
    """The digest's letter."""
    count = len(digest.every_risk)
    what = "No SKU" if count == 0 else "1 SKU" if count == 1 else f"{words.number(count)} SKUs"
    values = {
        "digest": digest,
        "words": words,
        "what": what,
        "least": LEAST,
        "unsubscribe_url": unsubscribe_url,
    }
    return Wording(
        subject=f"{what} at risk – {words.day(digest.day)}",
        text=_plain().get_template("digest.txt.jinja").render(values),
        html=_markup().get_template("digest.html.jinja").render(values),
    )


def question(tenant: str, confirm_url: str) -> Wording:
    """The letter that asks whether the digest is wanted."""
    values = {"tenant": tenant, "confirm_url": confirm_url}
    return Wording(
        subject=f"Every morning, what is about to run out at {tenant}?",
        text=_plain().get_template("question.txt.jinja").render(values),
        html=_markup().get_template("question.html.jinja").render(values),
    )


def as_csv(digest: Digest) -> str:
    """Every SKU at risk, for spreadsheets; times in UTC."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(map(_cells, digest.every_risk))
    return text.getvalue()


def _cells(risk: Prediction) -> Sequence[object]:
    at = risk.predicted_oos_at
    return (
        *(risk.warehouse, risk.sku, f"{risk.probability:.3f}"),
        *("" if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ"), risk.stock, f"{risk.velocity:.1f}"),
    )


def _locale(tag: str) -> Locale:
    for name in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _markup() -> Environment:
    return _environment(autoescape=True)


def _plain() -> Environment:
    return _environment(autoescape=False)


def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

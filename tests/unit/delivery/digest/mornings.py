"""A morning with three warehouses, for tests of what is said of it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from api.alerts.predictions import Prediction
from delivery.digest.contents import Digest, compose
from delivery.digest.wording import Words

SIX_IN_BERLIN = datetime(2026, 11, 25, 5, tzinfo=UTC)
DAY = date(2026, 11, 25)
BERLIN = ZoneInfo("Europe/Berlin")


def risk(sku: str, warehouse: str, probability: float, **changes: object) -> Prediction:
    """A prediction of two hours before six."""
    values: dict[str, object] = {
        "sku": sku,
        "warehouse": warehouse,
        "stock": 12,
        "velocity": 31.5,
        "probability": probability,
        "predicted_oos_at": SIX_IN_BERLIN + timedelta(hours=9, minutes=20),
        "oos_earliest_at": None,
        "oos_latest_at": None,
        "alert_since": None,
        "model_version": "nb-2",
        "updated_at": SIX_IN_BERLIN - timedelta(minutes=2),
    }
    return Prediction(**{**values, **changes})  # type: ignore[arg-type]  # of its own types


def a_morning() -> Digest:
    """Eight SKUs, one of which is not at risk."""
    later = SIX_IN_BERLIN + timedelta(hours=20)
    return compose(
        "Teehaus & Söhne",
        DAY,
        [
            risk("ASSAM-250", "Berlin", 0.9731),
            risk(
                "DARJEELING-FIRST-FLUSH-100",
                "Berlin",
                0.9999,
                stock=2,
                velocity=18.0,
                predicted_oos_at=SIX_IN_BERLIN,
            ),
            risk("MINZE-50", "Berlin", 0.912, predicted_oos_at=later),
            risk(
                "EARL-GREY-1KG",
                "Hamburg <Hafen>",
                1.0,
                stock=0,
                velocity=7.25,
                predicted_oos_at=SIX_IN_BERLIN,
            ),
            risk("ROOIBOS-250", "Hamburg <Hafen>", 0.93, stock=1_240, velocity=1_480.0),
            risk("SENCHA-100", "München", 0.955, predicted_oos_at=None),
            risk("OOLONG-100", "München", 0.9),
            risk("KAMILLE-20", "München", 0.41),
        ],
        SIX_IN_BERLIN - timedelta(minutes=2),
    )


def words(locale: str = "de-DE") -> Words:
    """In Berlin."""
    return Words(locale, BERLIN)

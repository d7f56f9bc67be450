"""JSON to Python and back without losing a digit: numbers with a fraction or an exponent are decimals."""

from decimal import Decimal

import msgspec

MAX_DEPTH = 32


class RefusedJson(ValueError):
    """Text that is not JSON, or is JSON that we do not take. The message says why, without quoting the text."""


class NotJson(RefusedJson):
    """Text that is not JSON."""


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise RefusedJson("a number is out of range") from None


_decode = msgspec.json.Decoder(float_hook=_decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_encode_sorted = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


def decode(text: bytes | str) -> object:
    """One JSON value; of a key that is given twice, the last. Raises `RefusedJson`."""
    try:
        return _decode(text)
    except msgspec.ValidationError:
        # without a type to fit, only an integer of thousands of digits is invalid
        raise RefusedJson("a number is out of range") from None
    except msgspec.DecodeError as error:
        raise NotJson(_malformed(str(error))) from None
    except UnicodeDecodeError:
        raise NotJson("not valid UTF-8") from None
    except RecursionError:
        raise too_deep() from None


def encode(value: object) -> str:
    """Compact JSON."""
    return _encode(value).decode()


def encode_canonically(value: object) -> str:
    """Compact JSON, the same for equal objects whatever the order of their keys."""
    return _encode_sorted(value).decode()


def too_deep() -> RefusedJson:
    """What to raise for a value that is nested more than ``MAX_DEPTH`` deep."""
    return RefusedJson(f"nested more than {MAX_DEPTH} levels deep")


def _malformed(message: str) -> str:
    # such as "JSON is malformed: invalid character (byte 5)"; it never quotes the text
    detail = message.removeprefix("JSON is malformed: ")
    return f"not valid JSON: {detail[:1].lower()}{detail[1:]}"

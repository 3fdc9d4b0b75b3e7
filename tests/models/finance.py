"""Transactions and portfolios."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, OnErrorOmit, ValidatorFunctionWrapHandler, WrapValidator, condecimal
from pydantic.functional_validators import ModelWrapValidatorHandler, model_validator

from .registry import Case

Asset = TypeVar("Asset")


def thousands(value: object, handler: ValidatorFunctionWrapHandler) -> Decimal:
    """Takes 1,234.50 as well."""
    return Decimal(handler(value.replace(",", "") if isinstance(value, str) else value))


class Share(BaseModel):
    isin: Annotated[str, Field(min_length=12, max_length=12)]
    count: int


class Bond(BaseModel):
    issuer: str
    matures: date
    coupon: Annotated[float, Field(ge=0)]


class Position(BaseModel, Generic[Asset]):
    asset: Asset
    value: Annotated[Decimal, WrapValidator(thousands)]


class Portfolio(BaseModel):
    owner: str
    shares: list[Position[Share]]
    bonds: list[Position[Bond]]
    cash: condecimal(max_digits=10, decimal_places=2)  # type: ignore[valid-type]


class Transfer(BaseModel):
    type: Literal["transfer"]
    amount: Decimal
    memo: str = ""

    @model_validator(mode="wrap")
    @classmethod
    def cents_when_asked(cls, data: object, handler: ModelWrapValidatorHandler[Transfer]) -> Transfer:
        if isinstance(data, dict) and isinstance(data.get("cents"), int):
            data = {**{key: value for key, value in data.items() if key != "cents"}, "amount": data["cents"] / 100}
        return handler(data)


class Fee(BaseModel):
    type: Literal["fee"]
    amount: Decimal
    reasons: list[OnErrorOmit[Annotated[str, Field(max_length=10)]]]


class Statement(BaseModel):
    iban: str
    opened: datetime
    entries: list[Transfer | Fee]


CASES = (
    Case(
        "portfolio",
        Portfolio,
        '{"owner": "N. N.", "shares": [{"asset": {"isin": "US0378331005", "count": 10}, "value": "1,234.50"}], '
        '"bonds": [{"asset": {"issuer": "Norway", "matures": "2031-08-15", "coupon": 1.25}, "value": 1000}], "cash": 12.34}',
    ),
    Case(
        "statement",
        Statement,
        '{"iban":"NO9386011117947","opened":1700000000,"entries":[{"type":"transfer","cents":1050,"memo":"rent"},'
        '{"type":"fee","amount":"2.50","reasons":["cards","a reason that is too long","post"]},{"type":"transfer",'
        '"amount":3}]}',
    ),
)

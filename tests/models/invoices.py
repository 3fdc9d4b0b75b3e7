"""Invoices, receipts and expense reports read from documents."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator
from pydantic.alias_generators import to_camel

from .registry import Case

Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]


class Address(BaseModel):
    street: str
    city: str
    postal_code: Annotated[str, Field(pattern=r"^[A-Z0-9 -]{3,10}$")]
    country: Annotated[str, Field(min_length=2, max_length=2)] = "DE"


class Party(BaseModel):
    name: str
    tax_id: str | None = None
    address: Address


class InvoiceLine(BaseModel):
    description: str
    quantity: Annotated[int, Field(gt=0)]
    unit_price: Money
    tax_rate: Annotated[float, Field(ge=0, le=1)] = 0.19

    @computed_field  # type: ignore[prop-decorator]
    @property
    def net(self) -> Decimal:
        return self.quantity * self.unit_price


class Invoice(BaseModel):
    """Amounts must add up: checked once all lines are there."""

    number: str
    issued: date
    due: date | None
    seller: Party
    buyer: Party
    lines: Annotated[list[InvoiceLine], Field(min_length=1)]
    total: Money
    currency: Literal["EUR", "USD", "GBP"]

    @model_validator(mode="after")
    def total_is_the_sum(self) -> Self:
        if sum(line.net for line in self.lines) != self.total:
            raise ValueError("the total is not the sum of the lines")
        return self


class PaymentMethod(Enum):
    CASH = "cash"
    CARD = "card"
    VOUCHER = "voucher"


class ReceiptItem(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    product_name: str
    item_count: int = 1
    gross_price: Decimal


class Receipt(BaseModel):
    """Camel case in the document, snake case in Python."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    store_name: str
    purchased_at: time
    bought_items: list[ReceiptItem]
    payment_method: PaymentMethod
    loyalty_points: int | None = None


class Amount(NamedTuple):
    value: Decimal
    currency: str


class Expense(BaseModel):
    day: date
    category: Literal["travel", "meals", "lodging", "other"]
    amount: Amount
    note: str = ""


class ExpenseReport(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    employee: str
    expenses: tuple[Expense, ...]
    approved: bool = False


CASES = (
    Case(
        "invoice",
        Invoice,
        """{
  "number": "RE-2024-0117",
  "issued": "2024-03-01",
  "due": null,
  "seller": {"name": "Lindqvist & S\\u00f6hne", "tax_id": "DE123456789",
             "address": {"street": "Hafenstra\\u00dfe 4", "city": "Hamburg", "postal_code": "20457"}},
  "buyer": {"name": "Café \\"Zum Anker\\"", "address": {"street": "Ufer 1", "city": "Basel", "postal_code": "4051",
  "country": "CH"}},
  "lines": [
    {"description": "Espresso machine", "quantity": 1, "unit_price": "1899.90"},
    {"description": "Beans, 1 kg", "quantity": 12, "unit_price": 21.5, "tax_rate": 0.07}
  ],
  "total": 2157.90,
  "currency": "EUR"
}""",
    ),
    Case(
        "receipt",
        Receipt,
        '{"storeName":"Kiosk 24","purchasedAt":"18:04:59","boughtItems":[{"productName":"Milk","grossPrice":1.29},'
        '{"productName":"Rolls","itemCount":6,"grossPrice":"2.10"}],"paymentMethod":"card","loyaltyPoints":12}',
    ),
    Case(
        "expense report",
        ExpenseReport,
        '{"employee": "R. Okafor", "expenses": [{"day": "2024-05-02", "category": "travel", "amount": ["129.00", "EUR"]}, '
        '{"day": "2024-05-03", "category": "meals", "amount": [18.4, "EUR"], "note": "lunch with the client"}], '
        '"approved": true}',
    ),
)

"""Products, orders and carts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AliasChoices,
    AliasPath,
    AnyUrl,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    SecretStr,
)

from .registry import Case


class Dimension(BaseModel):
    value: float
    unit: Literal["mm", "cm", "m", "in"]


class Product(BaseModel):
    sku: Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9]{4}$")]
    name: str
    price: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    image: AnyUrl | None = None
    thumbnail: Base64Bytes = b""
    dimensions: dict[Literal["width", "height", "depth"], Dimension] = {}
    stock: NonNegativeInt | None = None
    attributes: dict[str, str | int | bool | list[str]] = Field(default_factory=dict)


class Order(BaseModel):
    """Names differ from shop to shop: choices and paths."""

    model_config = ConfigDict(populate_by_name=True)

    id: int = Field(validation_alias=AliasChoices("order_id", "orderId", "id"))
    city: str = Field(validation_alias=AliasPath("address", "city"))
    first_tag: str = Field(default="none", validation_alias=AliasPath("tags", 0))
    products: list[Product]
    coupon: SecretStr | None = None


class Cart(BaseModel):
    """Extra keys are taken, but only as numbers."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    owner: str
    payload: bytes = b""


CASES = (
    Case(
        "product",
        Product,
        '{"sku": "AB-0042", "name": "Lamp \\u201cSol\\u201d", "price": 129.95, "image": "ftp://example.org/l.png", '
        '"thumbnail": "aGVsbG8=", '
        '"dimensions": {"width": {"value": 12, "unit": "cm"}, "height": {"value": 0.4, "unit": "m"}}, "stock": 0, '
        '"attributes": {"colour": "red", "watts": 40, "dimmable": true, "rooms": ["study", "hall"]}}',
    ),
    Case(
        "order",
        Order,
        '{"orderId": 77, "address": {"street": "Main St 1", "city": "Springfield"}, "tags": ["gift", "fragile"], '
        '"products": [{"sku": "XY-1234", "name": "Cup", "price": "4.50"}], "coupon": "SAVE10"}',
    ),
    Case("cart", Cart, '{"owner":"Kim","apples":3,"payload":"\\u00fcber","pears":12}'),
)

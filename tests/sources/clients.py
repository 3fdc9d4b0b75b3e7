"""The SDK's clients, without the system's certificates: loading those takes longer than most tests."""

from __future__ import annotations

from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI


def sync_client(base_url: str, kind: type[OpenAI] = OpenAI, **options: Any) -> OpenAI:
    options = {"api_key": "none", "http_client": DefaultHttpxClient(verify=False)} | options
    return kind(base_url=base_url, **options)


def async_client(base_url: str, kind: type[AsyncOpenAI] = AsyncOpenAI, **options: Any) -> AsyncOpenAI:
    options = {"api_key": "none", "http_client": DefaultAsyncHttpxClient(verify=False)} | options
    return kind(base_url=base_url, **options)

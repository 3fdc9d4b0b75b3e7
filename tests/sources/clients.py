"""The SDK's clients, without the system's certificates: loading those takes longer than most tests."""

from __future__ import annotations

from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI


def sync_client(base_url: str, **options: Any) -> OpenAI:
    return OpenAI(base_url=base_url, api_key="none", http_client=DefaultHttpxClient(verify=False), **options)


def async_client(base_url: str, **options: Any) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=base_url, api_key="none", http_client=DefaultAsyncHttpxClient(verify=False), **options)

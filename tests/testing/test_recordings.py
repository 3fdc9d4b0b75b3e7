"""The documents and recordings that the package brings along."""

from __future__ import annotations

import json
import math

import pytest

from rxstruct.demo.profile import UserProfile
from rxstruct.operators.accumulate_json import accumulate_json
from rxstruct.sources import from_recording
from rxstruct.testing.recordings import FOLDER, path_of


def test_documents_are_json() -> None:
    """Every document can be read as JSON, and there are some."""
    documents = list(FOLDER.glob("*.json"))
    assert len(documents) >= 3
    for document in documents:
        json.loads(document.read_text(encoding="utf-8"))


def test_a_recording_plays_to_its_end() -> None:
    """The recorded answer of the demo's model is a valid profile."""
    snapshots = from_recording(path_of("smollm2_profile.jsonl"), speed=math.inf).pipe(accumulate_json())
    assert UserProfile.model_validate(snapshots.final().value).name == "Alex Chen"


def test_an_unknown_name_is_told_the_known_ones() -> None:
    """Asking for what is not there lists what is."""
    with pytest.raises(FileNotFoundError, match=r"no recording is called 'ada\.json'; there are .*user_profile\.json"):
        path_of("ada.json")

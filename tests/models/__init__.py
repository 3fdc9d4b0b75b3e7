"""Models of the kind that people ask language models for, one file per domain, each with one realistic document.

`CASES` holds them all; every test of typed partials runs over them.
"""

from __future__ import annotations

from . import (
    agents,
    calendars,
    charts,
    classification,
    code_review,
    commerce,
    conversations,
    extraction,
    finance,
    function_calls,
    games,
    invoices,
    knowledge_graphs,
    medicine,
    places,
    quizzes,
    reasoning,
    recipes,
    research,
    resumes,
    science,
    settings,
    translation,
    ui_trees,
)
from .registry import Case

DOMAINS = (
    agents,
    calendars,
    charts,
    classification,
    code_review,
    commerce,
    conversations,
    extraction,
    finance,
    function_calls,
    games,
    invoices,
    knowledge_graphs,
    medicine,
    places,
    quizzes,
    reasoning,
    recipes,
    research,
    resumes,
    science,
    settings,
    translation,
    ui_trees,
)
CASES: tuple[Case, ...] = tuple(case for domain in DOMAINS for case in domain.CASES)

__all__ = ["CASES", "Case"]

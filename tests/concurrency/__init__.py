"""Threads, tasks and callbacks that do what they should not: over real HTTP, through whole pipelines."""

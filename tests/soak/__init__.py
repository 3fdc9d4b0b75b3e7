"""Thousands of streams in one process, many of them broken off or left: each brings what it should, and nothing stays behind."""

"""Other ways to read a stream of structured output, each in an environment of its own, on the same documents."""

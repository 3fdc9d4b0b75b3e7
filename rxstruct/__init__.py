"""rxstruct: the text that a language model streams, as typed, trustworthy, live objects."""

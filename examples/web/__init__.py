"""A report that fills in on a web page, field by field, while a language model writes it."""

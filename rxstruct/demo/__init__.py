"""The demo: a language model's answer, live in the terminal, through the operators that the package is named for.

`run.py` is the pipeline and reads like the README's example; `backends.py` says who answers; `view.py` and `marbles.py` draw.
"""

"""A page in Streamlit: `streamlit run examples/screens/streamlit_app.py`."""

from __future__ import annotations

import streamlit as st
from profiles import as_markdown, profiles

import rxstruct as rxs

if st.button("Write"):
    bar, page = st.progress(0.0), st.empty()
    for step in profiles().pipe(rxs.progress()):
        bar.progress(step.fraction, text=str(step.current or "done"))
        page.markdown(as_markdown(step.value))

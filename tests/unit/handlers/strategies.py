"""Hypothesis strategies for JSON values."""

from hypothesis import strategies as st

# Including halves of surrogate pairs, which JSON can escape but UTF-8 cannot encode.
text = st.text(st.characters(codec=None))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)

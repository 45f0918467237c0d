"""What events are made of."""

from hypothesis import strategies as st

# With what JSON can escape and UTF-8 cannot hold: halves of surrogate pairs.
text = st.text(st.characters(codec=None))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)

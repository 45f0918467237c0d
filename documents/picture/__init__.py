"""A picture of the architecture, as SVG and as text, from a synthesized stack."""

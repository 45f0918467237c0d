"""A picture of the architecture: SVG and Mermaid from the JSON of a synthesized stack alone."""

"""Documents generated from the synthesized stack: the OpenAPI document and the architecture picture."""

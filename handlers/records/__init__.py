"""Records: a writer and a reader of a table. Both functions are invoked directly, without an API."""

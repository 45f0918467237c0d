"""Records: a writer that puts them into a table, and a reader that gets them. Both are invoked directly."""

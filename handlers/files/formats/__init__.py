"""What is in a file, by its type.

`image`, `document` and `data` each have a `read(stream, name)` for the formats that their function is given.
The stream has to be seekable and buffered: a short read is taken for its end.
"""

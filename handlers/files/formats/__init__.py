"""Read files by their format.

`image`, `document` and `data` each have a function `read(stream, name)` for the formats that their Lambda
function processes. The stream must be seekable and buffered, because a short read is taken as the end.
"""

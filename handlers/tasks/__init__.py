"""The task API on `/tasks` and `/tasks/{id}`: one function per HTTP method."""

"""The task API: one function a method, on `/tasks` and `/tasks/{id}`."""

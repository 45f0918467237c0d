"""Uploads: what is put under `uploads/` is read, measured and counted. S3 invokes the function."""

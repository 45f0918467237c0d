"""Uploads: S3 invokes the processor for each object under `uploads/`; it measures and counts them."""

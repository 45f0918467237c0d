"""Code that handlers of several workloads share."""

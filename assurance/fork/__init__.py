"""`make fork`: compares the stack on cdktf with the same stack on cdktn, its maintained fork."""

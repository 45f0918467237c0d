"""Commands for whoever runs the stack, on AWS and on the embedded AWS alike."""

"""`make bench`: measures synth and handlers."""

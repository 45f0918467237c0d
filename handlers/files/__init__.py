"""Files: clients upload files, and a function per type reads them (F1-F6)."""

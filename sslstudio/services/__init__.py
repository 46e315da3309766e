"""Disk, threads and processes behind the window and the command line."""

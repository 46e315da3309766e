"""Run folders: what training leaves on disk and how it is found again."""

"""The Evaluate workspace: runs as rows, measures as columns, baselines on top."""

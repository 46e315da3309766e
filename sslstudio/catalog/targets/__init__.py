"""Where the other view's embedding comes from."""

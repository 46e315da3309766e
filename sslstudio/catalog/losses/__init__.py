"""What is minimised over queries and targets."""

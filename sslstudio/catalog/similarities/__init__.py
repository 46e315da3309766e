"""How two embeddings are compared."""

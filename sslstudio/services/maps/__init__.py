"""Maps of embeddings, computed in a process of their own that knows neither torch nor Qt."""

"""Design, train, watch and explore self-supervised learning on images."""

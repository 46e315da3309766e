"""The Explore page: maps, selections and neighbours of embedded images."""

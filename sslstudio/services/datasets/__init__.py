"""Images of every kind, brought to the working resolution and kept in a cache."""

from sslstudio.services.datasets.image_set import ImageSet, UnreadableFile
from sslstudio.services.datasets.opening import known_sources, open_images
from sslstudio.services.datasets.relocation import ContentMatch, relocate, same_content
from sslstudio.services.datasets.viewing import read_picture, read_query

__all__ = [
    "ContentMatch",
    "ImageSet",
    "UnreadableFile",
    "known_sources",
    "open_images",
    "read_picture",
    "read_query",
    "relocate",
    "same_content",
]

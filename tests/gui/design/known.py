"""What is known of a recipe: an outline of a ResNet and a timing, as a dry run gives them."""

from sslstudio.gui.design.layers import Layer
from sslstudio.gui.design.source import Outline, Timing

TIMING = Timing(
    seconds=580,
    memory_bytes=1_400_000_000,
    views_per_second=1830,
    milliseconds={"encoder": 41.2},
)
OUTLINE = Outline(
    parameters=11_500_000,
    shapes={"encoder": "512"},
    layers=(
        Layer(name="stage1", width=64, map_words="16 × 16"),
        Layer(name="stage2", width=128, map_words="8 × 8"),
        Layer(name="encoder", width=512),
    ),
)

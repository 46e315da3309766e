from sslstudio.domain.check import check
from sslstudio.domain.image_checks import DataFacts
from tests.support.runs import small_recipe


def complaints(recipe, **facts) -> dict[str, str]:
    known = DataFacts(train_images=100, channels=3, **facts)
    return {p.path: p.text for p in check(recipe, known) if p.severity == "error"}


def test_neighbouring_frames_need_sequences(catalog):
    recipe = small_recipe(catalog, views__0__frames=2)
    assert complaints(recipe) == {}
    assert complaints(recipe, in_sequences=50) == {}
    assert "walk-0001.png" in complaints(recipe, in_sequences=0)["views.0.frames"]
    assert complaints(small_recipe(catalog), in_sequences=0) == {}
    problem = check(recipe, DataFacts(train_images=100, channels=3, in_sequences=0))[0]
    assert problem.fix.edits == (("views.0.frames", 0),)

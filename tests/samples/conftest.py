"""The scan maker writes with every font of its list that is there; its tests with those that `./run setup` installs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samples.writing import typefaces


@pytest.fixture(scope="session", autouse=True)
def the_same_fonts_on_every_machine() -> Iterator[None]:
    """More fonts would draw other sheets from the same seed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typefaces, "HANDWRITTEN", ("KleeOne-Regular.ttf",))
        patch.setattr(typefaces, "SEAL", ("ipaexm.ttf",))
        yield

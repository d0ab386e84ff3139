"""The page of documentation names what exists: every function, table and state."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import store
from store.base.columns import Base
from store.base.model import DocumentState, ItemMode

README = (Path(store.__file__).parent / "README.md").read_text(encoding="utf-8")
METHODS = {
    "database": ["Store"],
    "base.files": ["FileStore"],
    "base.secrets": ["Vault"],
    "audit.seals": ["SealKeys"],
}


def test_every_function_named_in_the_readme_exists() -> None:
    rows = re.findall(r"^\| (`[a-z_.`, ]+`) \| (.*) \|$", README.split("## Modules")[1].split("##")[0], re.M)
    seen = 0
    for modules, functions in rows:
        owners = []
        for name in re.findall(r"`([a-z_.]+)`", modules):
            module = importlib.import_module(f"store.{name}")
            instance_attributes = vars(store.database.Store).get("__init__").__code__.co_names
            owners += [module, *(getattr(module, owner) for owner in METHODS.get(name, []))]
        for function in re.findall(r"`([A-Za-z_]+)`", functions):
            assert any(hasattr(owner, function) for owner in owners) or function in instance_attributes, (
                function
            )
            seen += 1
    assert seen > 60


def test_every_table_state_and_mode_is_in_the_readme() -> None:
    words = [
        *Base.metadata.tables,
        *(state.value for state in DocumentState),
        *(mode.value for mode in ItemMode),
    ]
    assert [word for word in words if not re.search(rf"\b{word}\b", README)] == []

"""Secrets: from the environment (``UTSUSHI_SECRET_NAME``) or a file of ``NAME=value`` lines, never from YAML.

The file is named by ``UTSUSHI_SECRETS_FILE`` or the run's settings and should be readable by its owner
only. With an account ``B``, ``UTSUSHI_SECRET_NAME_B`` is read instead, so that several bots can use
different logins. Remaining risk: the values stay in this process's memory while it runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bots.base.errors import SecretMissing

PREFIX = "UTSUSHI_SECRET_"


@dataclass(frozen=True)
class Secrets:
    """A lookup that never shows its contents in a repr or a log."""

    account: str = ""
    _from_file: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, account: str = "", file: Path | None = None) -> Secrets:
        """Read the secrets file, if any; the environment takes precedence and is read at the time of use.

        Raises:
            SecretMissing: the named file cannot be read.
        """
        named = file or (
            Path(os.environ["UTSUSHI_SECRETS_FILE"]) if "UTSUSHI_SECRETS_FILE" in os.environ else None
        )
        if named is None:
            return cls(account)
        try:
            # A value may contain "=", so only the first one separates.
            lines = named.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise SecretMissing(
                f"秘密情報ファイル {named} を読めません。",
                f"cannot read the secrets file {named}: {error.strerror}",
            ) from error
        pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
        return cls(account, {name.strip(): value.strip() for name, value in pairs})

    def get(self, name: str) -> str:
        """Return the secret; raises ``SecretMissing`` with the variable to set."""
        full = f"{name}_{self.account}" if self.account else name
        # The environment first: a service manager can set a secret without a file on the disk.
        value = os.environ.get(PREFIX + full, self._from_file.get(full))
        if value is None:
            raise SecretMissing(
                f"秘密情報 {full} がありません。環境変数 {PREFIX}{full} か秘密情報ファイルに。",
                f"the secret {full} is missing: set {PREFIX}{full} or put it into the secrets file",
            )
        return value

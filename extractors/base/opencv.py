"""OpenCV without its type stubs, which refuse many valid calls (no ``None`` maps, no scalar colours)."""

from __future__ import annotations

from typing import Any

import cv2 as _cv2

# Typed as Any here, in one place, instead of ignoring errors at every call.
cv2: Any = _cv2

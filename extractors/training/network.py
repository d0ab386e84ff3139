"""The glyph network: a small residual CNN with the position of the writing in its box as second input."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from extractors.cutting import glyph_input


class Residual(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
    """Two 3×3 convolutions with a shortcut; the first may halve the picture and add channels."""

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride) if stride != 1 else nn.Identity(),
                nn.Conv2d(channels_in, channels_out, 1, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class GlyphNet(nn.Module):  # type: ignore[misc]
    """Pictures [N, 1, 48, 48] and places [N, 4] to logits [N, classes].

    The last feature map is flattened (after narrowing) instead of averaged, because the position of a stroke
    distinguishes ソ from ン.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int] = (32, 64, 128)) -> None:
        super().__init__()
        first, second, third = widths
        # Narrowed first, because the linear layer after it would hold most of the weights otherwise.
        narrow, wide = third * 3 // 8, third * 3 // 2
        self.features = nn.Sequential(
            *_convolution(1, first - 8, 5, 2),
            *_convolution(first - 8, first, 3, 1),
            Residual(first, second, 2),
            Residual(second, second),
            Residual(second, third, 2),
            Residual(third, third),
            *_convolution(third, narrow, 1, 1),
            nn.Flatten(),
            nn.Linear(narrow * (glyph_input.SIDE // 8) ** 2, wide),
            nn.LayerNorm(wide),
            nn.ReLU(inplace=True),
        )
        self.place = nn.Sequential(nn.Linear(glyph_input.PLACE, 24), nn.ReLU(inplace=True))
        self.head = nn.Sequential(nn.Dropout(0.05), nn.Linear(wide + 24, classes))

    def forward(self, picture: Tensor, place: Tensor) -> Tensor:
        joined: Tensor = self.head(torch.cat([self.features(picture), self.place(place)], dim=1))
        return joined


def _convolution(channels_in: int, channels_out: int, side: int, stride: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(channels_in, channels_out, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )

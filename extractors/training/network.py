"""The glyph network: a small residual CNN that also hears where in its box the writing stood."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from extractors import glyph_input


class Residual(nn.Module):
    """Two 3×3 convolutions around a shortcut; the first may halve the picture and widen the channels."""

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


class GlyphNet(nn.Module):
    """Pictures [N, 1, 48, 48] and places [N, 4] to logits [N, classes].

    The last map is weighed place by place (a depthwise 6×6 convolution) rather than averaged, since where a
    stroke lies is what tells ソ from ン.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int] = (32, 64, 128)) -> None:
        super().__init__()
        first, second, third = widths
        wide = third + third // 2
        self.features = nn.Sequential(
            nn.Conv2d(1, first, 5, 2, 2, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
            Residual(first, first),
            Residual(first, second, 2),
            Residual(second, second),
            Residual(second, third, 2),
            Residual(third, third),
            nn.Conv2d(third, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(inplace=True),
            nn.Conv2d(wide, wide, glyph_input.SIDE // 8, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.Flatten(),
        )
        self.place = nn.Sequential(nn.Linear(glyph_input.PLACE, 24), nn.ReLU(inplace=True))
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(wide + 24, classes))

    def forward(self, picture: Tensor, place: Tensor) -> Tensor:
        joined: Tensor = self.head(torch.cat([self.features(picture), self.place(place)], dim=1))
        return joined

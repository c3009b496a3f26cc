"""How an athlete looks: build, hair, clothes and their colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Materials, the numbers that the renderer switches on
SKIN, SHIRT, SHORTS, LEG, SHOE, HAIR, FACE, BELT, FOOTBALL, BASKETBALL, PLAIN, ACCENT, BARE_FOOT = range(13)
N_MATERIALS = 13

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """Colours are sRGB 0 to 1. sleeve: share of the upper arm that is covered (2 reaches the wrist); leg: share of the thigh (2
    reaches the ankle); sock: share of the shin, from below. hair: short, bun, tail or curly. build: 0 slim to 1 strong."""

    skin: Colour = (0.80, 0.58, 0.46)
    hair_colour: Colour = (0.13, 0.08, 0.05)
    shirt: Colour = (0.75, 0.08, 0.10)
    shorts: Colour = (0.95, 0.95, 0.95)
    socks: Colour = (0.75, 0.08, 0.10)
    shoes: Colour = (0.10, 0.11, 0.13)
    trim: Colour = (0.96, 0.96, 0.96)
    hair: str = "short"
    sleeve: float = 0.55
    leg: float = 0.62
    sock: float = 0.80
    build: float = 0.6
    woman: bool = False
    barefoot: bool = False
    belt: bool = False
    number: str = ""

    def palette(self) -> np.ndarray:
        """(N_MATERIALS, 3) linear-light colours."""
        srgb = np.zeros((N_MATERIALS, 3))
        for material, colour in (
            (SKIN, self.skin), (FACE, self.skin), (BARE_FOOT, self.skin), (SHIRT, self.shirt), (SHORTS, self.shorts), (LEG, self.socks),
            (SHOE, self.shoes), (HAIR, self.hair_colour), (BELT, (0.06, 0.06, 0.07)), (ACCENT, self.trim), (PLAIN, (0.9, 0.9, 0.9)),
            (FOOTBALL, (0.93, 0.93, 0.93)), (BASKETBALL, (0.80, 0.36, 0.13)),
        ):  # fmt: skip
            srgb[material] = colour
        return linear(srgb)


def linear(srgb: np.ndarray) -> np.ndarray:
    """sRGB 0 to 1 to linear light."""
    srgb = np.asarray(srgb, dtype=float)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)

"""Colours as they are seen, by the formulas of WCAG 2.2; a colour is what a browser computes, `rgb(r, g, b)`."""

import re


def luminance(colour: str) -> float:
    """From 0, black, to 1, white."""
    channels = [int(value) / 255 for value in re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour).groups()]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1, not to be told apart, to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)

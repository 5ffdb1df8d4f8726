"""Pictures of the products, drawn by the server so that the shop needs nothing from outside."""

from __future__ import annotations

from simulator.demo.catalogue import Product

_SHAPES = {
    "lamps": (
        '<path d="M150 130 L175 62 H225 L250 130 Z" fill="{main}"/>'
        '<rect x="196" y="130" width="8" height="92" fill="{dark}"/>'
        '<ellipse cx="200" cy="226" rx="44" ry="8" fill="{dark}"/>'
        '<path d="M150 130 H250 L292 236 H108 Z" fill="#fff7d6" opacity=".5"/>'
    ),
    "chairs": (
        '<rect x="150" y="58" width="14" height="172" rx="6" fill="{dark}"/>'
        '<rect x="150" y="62" width="84" height="66" rx="14" fill="{main}"/>'
        '<rect x="146" y="146" width="112" height="20" rx="9" fill="{main}"/>'
        '<rect x="240" y="160" width="13" height="70" rx="6" fill="{dark}"/>'
    ),
    "tables": (
        '<rect x="90" y="112" width="220" height="20" rx="9" fill="{main}"/>'
        '<path d="M112 132 L102 230 H116 L132 132 Z M288 132 L298 230 H284 L268 132 Z" fill="{dark}"/>'
        '<ellipse cx="200" cy="100" rx="26" ry="12" fill="#fff" opacity=".8"/>'
    ),
    "shelves": (
        '<rect x="120" y="58" width="10" height="174" fill="{dark}"/>'
        '<rect x="270" y="58" width="10" height="174" fill="{dark}"/>'
        '<path d="M112 100 h176 v10 h-176 z M112 156 h176 v10 h-176 z M112 212 h176 v10 h-176 z" fill="{main}"/>'
        '<path d="M144 66 h14 v34 h-14 z M162 74 h12 v26 h-12 z M216 126 h14 v30 h-14 z M234 118 h11 v38 h-11 z"'
        ' fill="#fff" opacity=".85"/>'
    ),
    "rugs": (
        '<path d="M118 92 H282 L312 214 H88 Z" fill="{main}"/>'
        '<path d="M130 108 H270 L292 198 H108 Z" fill="none" stroke="{dark}" stroke-width="6"/>'
        '<path d="M200 122 L240 152 L200 184 L160 152 Z" fill="#fff" opacity=".7"/>'
    ),
    "clocks": (
        '<circle cx="200" cy="146" r="86" fill="{main}"/><circle cx="200" cy="146" r="68" fill="#fffdf8"/>'
        '<path d="M200 146 V96 M200 146 L236 166" stroke="{dark}" stroke-width="8" stroke-linecap="round"/>'
        '<circle cx="200" cy="146" r="7" fill="{dark}"/>'
    ),
}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#26443b"/>'
    '<path d="M10 17 L13 8 H19 L22 17 Z" fill="#f3c969"/><path d="M15 17 h2 v6 h4 v2 h-10 v-2 h4 z" fill="#fff"/></svg>'
)
"""The shop's own sign."""


def picture(product: Product) -> str:
    """Returns the product's picture as SVG, 400 by 300."""
    hue = product.id * 47 % 360
    shape = _SHAPES[product.category].format(main=f"hsl({hue} 42% 56%)", dark=f"hsl({hue} 34% 28%)")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">'
        f'<rect width="400" height="300" fill="hsl({hue} 36% 91%)"/>'
        f'<rect y="222" width="400" height="78" fill="hsl({hue} 26% 84%)"/>{shape}</svg>'
    )

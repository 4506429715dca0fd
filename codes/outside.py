"""Current codes that our set has no entry of, but whose numbers our texts name. No Django.

Number -> what it is, in our words. A text may name these; a page of one can be asked for.
"""

OUTSIDE: dict[str, str] = {
    "D0396": "3D printing of a dental model",
    "D0461": "Testing for a cracked tooth",
    "D1781": "HPV vaccine, dose 1",
    "D1782": "HPV vaccine, dose 2",
    "D1783": "HPV vaccine, dose 3",
    "D2953": "Cast post, each additional, same tooth",
    "D2957": "Prefab post, each additional, same tooth",
    "D5284": "Unilateral flexible partial, per quadrant",
    "D5286": "Unilateral resin partial, per quadrant",
    "D5765": "Soft reline, lab processed",
    "D5875": "Modification of a denture after implant surgery",
    "D6118": "Interim full-arch implant denture, lower",
    "D6119": "Interim full-arch implant denture, upper",
    "D6193": "Replacement of an implant screw",
    "D7292": "Anchorage plate, placed with a flap",
    "D7293": "Anchorage device, placed with a flap",
    "D7294": "Anchorage device, placed without a flap",
    "D7520": "I&D through the skin",
    "D7911": "Sutures, complicated wound up to 5 cm",
    "D7912": "Sutures, complicated wound over 5 cm",
    "D8091": "Comprehensive ortho with jaw surgery",
    "D8671": "Ortho adjustment visit with jaw surgery",
    "D9128": "Photobiomodulation, first 15 min",
    "D9129": "Photobiomodulation, each later 15 min",
    "D9936": "Night guard cleaning and inspection",
    "D9955": "Sleep appliance titration visit",
}

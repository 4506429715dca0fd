"""The terms of dental billing that titles are made of, and the codes that are billed most. No Django.

A title is the trade's short name: docs/content-style.md has the rule. A term that is missing here is added here.
"""

import re

TERMS = frozenset(
    """
    abutment abutment-supported allograft alveoloplasty amalgam amputation anesthesia apexification
    apexogenesis apico appliance assessment augmentation bar biopsy bitewing bitewings bleach block botox bracket bridge
    buildup call cancellation caries case cbct ceph cessation chain cleaning closure composite consultation coordination
    core coronectomy counseling crown culture cytology debond debridement denture desensitizing dressing essix exam
    excavation exposure extraction filler filling flipper fluoride fmx fragment frenectomy frenuloplasty ga gingivectomy
    glucose graft gtr guard hemisection i&d impaction implant injection injections inlay interpreter irrigation
    maintainer maintenance management medicament medication membrane models mouthguard mucositis no-show oaf
    occlusal odontoplasty ohi onlay operculectomy ortho orthodontic orthotic osseous overdenture oxide pa palliative
    pano partial perforation perio periodontal periradicular photo pins pontic post post-op prefab presentation prf
    procedure prophy prr pulp pulpal pulpectomy pulpotomy recement regeneration reline repair replant replantation
    resorption restoration retainer retention retrofill root saliva sample scaling scan screening screw sdf sealant
    sectioning sedation service shield sinus splint srp ssc surgery susceptibility sutures teledentistry test
    testing therapy torus tuberosity vaccine varnish veneer visit whitening wing x-ray
    a1c attachment blocked canal clasp conditioner contouring coping evaluation film infiltration
    insert epulis exostosis reading tooth treatment aid guide
    """.split()
)

# The codes that dental offices bill most.
MOST_BILLED = frozenset(
    """
    D0120 D0140 D0145 D0150 D0160 D0170 D0180 D0210 D0220 D0230 D0270 D0272 D0274 D0330 D0364 D1110 D1120 D1206 D1208
    D1351 D1354 D1510 D2140 D2150 D2160 D2330 D2331 D2332 D2391 D2392 D2393 D2740 D2750 D2751 D2930 D2950 D2954 D3220
    D3310 D3320 D3330 D4211 D4341 D4342 D4346 D4355 D4381 D4910 D5110 D5120 D5213 D5214 D6010 D6058 D6240 D7140 D7210
    D7240 D9110 D9230
    """.split()
)

# Words that are always wrong here -> the American word, or the word of the trade.
WRONG_WORDS: dict[str, str] = {
    r"(?:dis)?colour\w*": "color",
    r"grey\w*": "gray",
    r"neighbour\w*": "neighbor",
    r"behaviour\w*": "behavior",
    r"favour\w*": "favor",
    r"odour\w*": "odor",
    r"tumour\w*": "tumor",
    r"labour\w*": "labor",
    r"mould\w*": "mold",
    r"fibre\w*": "fiber",
    r"centres?": "center",
    r"\w*(?:milli|centi)metres?": "millimeter",
    r"litres?": "liter",
    r"programmes?": "program",
    r"cheques?": "check",
    r"licence\w*": "license",
    r"defence": "defense",
    r"judgement\w*": "judgment",
    r"practis\w+": "practice",
    r"cancelled|cancelling": "canceled, canceling",
    r"labelled|labelling": "labeled, labeling",
    r"travelled|travelling": "traveled, traveling",
    r"anaesth\w+": "anesthesia",
    r"haem\w+": "hem…, as in hemorrhage",
    r"\w*oedema": "edema",
    r"paediatr\w+": "pediatric",
    r"orthopaed\w+": "orthopedic",
    r"(?:keratin|organ|recogn|author|minim|maxim|stabil|steril|special|mineral|demineral|remineral|util|categor|emphas"
    r"|summar|neutral|immobil|visual|final|hospital|normal|local|general|polymer|color)is(?:e|ed|es|ing|ation)": "…ize",
    r"(?:anal|paral|catal)ys(?:e|ed|ing)": "…yze",
    r"whilst": "while",
    r"amongst": "among",
    r"(?:tooth|chewing|biting|occlusal|buccal|lingual|mesial|distal) faces?|faces? of (?:a|the) tooth": "surface",
    r"(?:bi|tri)?furcature|furcal area": "furcation",
    r"(?:dental|procedure|billing|ADA) numbers?": "code",
    r"jabs?": "injection",
}


def words(title: str) -> list[str]:
    """The words of a title in lower case: "Perio graft, 4+ teeth" -> ["perio", "graft", "4+", "teeth"]."""
    return re.findall(r"[a-z0-9&]+(?:[-–/][a-z0-9]+)*\+?", title.lower())


def holds_term(title: str) -> bool:
    """Whether a title holds a term of the trade."""
    return any(word in TERMS for word in words(title))


# Words that tell no two titles apart.
_SMALL = frozenset("a an and at by for from in of on or than the to".split())


def likeness(title: str) -> frozenset[str]:
    """The words of a title that carry meaning; two titles with the same ones can be taken for each other."""
    return frozenset(word.removesuffix("s") for word in words(title) if word not in _SMALL)


_WRONG = [(re.compile(rf"\b(?:{wrong})\b", re.IGNORECASE), right) for wrong, right in WRONG_WORDS.items()]


def wrong_words(text: str) -> list[tuple[str, str]]:
    """(the word that stands there, the word that should) for each of WRONG_WORDS in `text`.

    >>> wrong_words("The colour of the tooth faces")
    [('colour', 'color'), ('tooth faces', 'surface')]
    """
    return [(found[0], right) for wrong, right in _WRONG for found in wrong.finditer(text)]

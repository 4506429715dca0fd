"""The terms of dental billing that a code's title is made of. No Django.

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

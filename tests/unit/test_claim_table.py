"""Claims as a front desk sends them, over the content of codes/content/: what must be said of each, and what not.

The ordinary ones stay silent. Of the faulty ones each row says its fault, in the words of the strength.
"""

from datetime import date

import pytest

from codes.checks import claim_line
from codes.checks.claims import DEGREES, check
from codes.editorial import entry
from tests import factories

DAY = date(2026, 3, 16)


@pytest.fixture(scope="module")
def pages():
    return dict(factories.entry_of(path.stem) for path in entry.paths())


def judged(claim: str, pages) -> list[tuple[int, str, str]]:
    """Row, strength and sentence of what is found on a claim: its lines apart by commas, as they are pasted."""
    lines = [claim_line.read(line).dated(DAY) for line in claim.split(",")]
    return [(v.line + 1, DEGREES[v.degree], v.says) for v in check(lines, pages, sorted(pages)) if not v.lists]


ORDINARY = """
D0120, D0274, D1110
D0150, D0210, D1110
D0120, D0272, D1120, D1208, D1351 #3, D1351 #14, D1351 #19, D1351 #30
D0120, D0272, D1120, D1206, D1351 #3 O, D1351 #14 O, D1351 #19 OB, D1351 #30 OB
D0145, D1206
D0140, D0220 #30, D7140 #30
D0140, D0220, D9110
D0140, D0220 #8, D0230 #9, D0230 #10
D0140, D0220 #3, D0230 #14, D9110 #3
D0150, D0330, D0274
D0150, D0274, D0220 #8, D0230 #25
D0180, D0210
D3330 #19, D2950 #19, D2740 #19
D3310 #8, D2954 #8, D2740 #8
D3320 #4, D2950 #4
D3330 #1
D2950 #30, D2740 #30
D2950 #30, D2950 #31, D2740 #30, D2740 #31
D4341 UR, D4341 LR
D4342 UR, D4342 UL
D4342 UR #2 #3, D4342 LR #30
D4341 UR, D4342 LR #28 #29
D4341 UL, D4341 LL, D4381 #14, D4381 #19
D4910, D0120
D4910, D1206, D0274
D7140 #1, D7140 #16, D7140 #17
D7140 #30, D7953 #30
D7140 #30 2022-03-01, D4266 #30 2022-03-01
D7210 #19, D7953 #19, D7956 #19
D7140 #19, D6010 #19
D7240 #17, D7240 #32, D9222, D9223, D9223
D7230 #1, D7220 #16, D9239, D9243, D9243
D7140 K, D7140 #3, D9230
D7111 E
D2391 #3 O, D2391 #14 O
D2391 #3 O, D2391 #3 B
D2392 #3 MO, D2391 #3 L
D2392 #30 DO, D2393 #19 MOD
D2140 #30 O
D2150 #30 MO, D2160 #31 MOD
D2161 #30 MODB
D2330 #8 M, D2330 #8 D
D2331 #9 MI
D2335 #8 MIFL
D2335 #8 MIDBF
D2394 #30 MODBL
D2391 A O, D2930 B
D2331 #8 MF
D2930 A, D3220 A
D2930 A, D2930 B
D2931 #3
D2390 #8
D1110, D9986
D1354 #3, D1354 #14, D0140
D6010 #19, D6190
D6010 #19, D6190 LA
D6010 #19, D6104 #19, D6106 #19
D6057 #19, D6058 #19
D6750 #3, D6240 #4, D6750 #5
D5110, D5120
D5110 UA, D5120 LA
D5213, D5214
D5130 UA, D7140 #8, D7140 #9, D7310 UR
D5750 UA, D5751 LA
D1510 UR
D1516
D9944 UA
D9972 UA, D9972 LA
D4249 #8
D4260 UR, D4263 #3
D7510 #30, D0140
D0330, D8080
D8670
D8660, D0340, D0330
D2920 #3, D0140
D6930 #3 #4 #5
D0460, D0140
D9310, D0330
D3220 K, D2930 K, D9230
D1352 #3 O 2025-06-02
D2335 #8 MI 2023-05-02
D4346, D0120
D4355
D4355, D0140
D7960 2020-05-05
D9110 2026-03-16, D0140
D2740 #3 2026-03-16, D2740 #14
D2740 #3 2026-03-16, D2799 #3 2026-02-16
D0140, D0220 #3, D0230 #14
D0274, D0220 #3, D0230 #14
D4341 10, D4341 40
D4341 20, D4341 30
D4341 UR 2026-03-02, D4910
D7310 20, D7140 #14
D1510 30
D2740 10
D5110 20
D5110, D5120, D0330
D5110, D5214
D5110, D5411
D5130, D7140 #8, D7140 #9
D5110 2026-01-12, D5410
D4263 #3, D4264 #5
D4277 #8, D4278 #9
D3421 #4, D3430 #4
D3425 #3, D3426 #3, D3426 #3
D9223 2017-03-02
D9110 #30, D7140 #3
D6010 #19, D7953 #8
D9110 #30, D0140, D0220 #30
D7140 #19 2026-01-10, D6010 #19, D6058 #19
D7140 #4 2026-01-10, D6240 #4, D6750 #3, D6750 #5
D7140 #3 2026-03-10, D7250 #3
D2740 #3 2026-03-10, D7140 #3
D2740 #3 2026-03-02, D2740 #14
D5110, D2391 #19 O
D3110 #19, D2392 #19 MO
D8080 2026-01-05, D8670
D2929 E, D2929 F
D7140 58
D5110 2026-02-02, D5410 2026-04-02
D5213 #2-5 #12-15
D0150, D0274, D0330, D1110
D2799 #3 2026-03-02, D2740 #3
D6010 #19 2026-01-05, D6011 #19 2026-04-16, D6057 #19 2026-05-16, D6058 #19 2026-05-16
D6110 UA, D6010 #6, D6010 #11
D4341 UR 2026-03-02, D4341 LR 2026-03-02, D4341 UL 2026-03-16, D4341 LL 2026-03-16
""".strip().split("\n")

WILL, MAY = "will be denied", "may be denied"
FAULTY = [
    # the claim, the rows that say it, the strength, a part of the sentence
    ("D2391 #8 O", [1], WILL, "D2391 is for premolars and molars; tooth 8 is an anterior tooth."),
    ("D2330 #3 M", [1], WILL, "D2330 is for anterior teeth; tooth 3 is a molar."),
    ("D2331 #4 MB", [1], WILL, "tooth 4 is a premolar"),
    ("D2392 #11 MO", [1], WILL, "tooth 11 is an anterior tooth"),
    ("D3330 #8", [1], WILL, "D3330 is for molars; tooth 8 is an anterior tooth."),
    ("D3310 #30", [1], WILL, "D3310 is for anterior teeth; tooth 30 is a molar."),
    ("D3320 #3", [1], WILL, "D3320 is for premolars; tooth 3 is a molar."),
    ("D3320 #6", [1], WILL, "D3320 is for premolars"),
    ("D3348 #5", [1], WILL, "D3348 is for molars"),
    ("D3410 #19", [1], WILL, "D3410 is for anterior teeth"),
    ("D3240 E", [1], WILL, "D3240 is for molars; tooth E is an anterior tooth."),
    ("D3230 #8", [1], WILL, "D3230 is for primary teeth; tooth 8 is a permanent tooth."),
    ("D2930 #3", [1], WILL, "D2930 is for primary teeth; tooth 3 is a permanent tooth."),
    ("D2931 A", [1], WILL, "D2931 is for permanent teeth; tooth A is a primary tooth."),
    ("D2929 #19", [1], WILL, "D2929 is for primary teeth"),
    ("D7111 #14", [1], WILL, "D7111 is for primary teeth"),
    ("D3330 K", [1], MAY, "D3330 is for permanent teeth; tooth K is a primary tooth."),
    ("D5110 LA", [1], WILL, "D5110 is for the upper jaw; given is lower arch."),
    ("D5120 UA", [1], WILL, "D5120 is for the lower jaw"),
    ("D5214 LA #3", [1], WILL, "contradict each other"),
    ("D5212 #3", [1], WILL, "D5212 is for the lower jaw; tooth 3 is in the upper jaw."),
    ("D2140 #30 MO", [1], WILL, "D2140 is for 1 surface; MO is 2 surfaces."),
    ("D2392 #30 MOD", [1], WILL, "D2392 is for 2 surfaces; MOD is 3 surfaces."),
    ("D2391 #3 MO", [1], WILL, "D2391 is for 1 surface"),
    ("D2393 #3 MO", [1], WILL, "D2393 is for 3 surfaces; MO is 2 surfaces."),
    ("D2161 #3 MOD", [1], WILL, "D2161 is for 4 or more surfaces"),
    ("D2331 #8 FB", [1], WILL, "D2331 is for 2 surfaces; FB is 1 surface."),
    ("D2335 #8 MI", [1], WILL, "D2335 is for 4 or more surfaces; MI is 2 surfaces."),
    ("D2331 #8 MO", [1], WILL, "Surface O does not fit tooth 8"),
    ("D2392 #30 MI", [1], WILL, "Surface I does not fit tooth 30"),
    ("D2391 #3", [1], WILL, "Our page asks for: tooth number and surface."),
    ("D2740", [1], WILL, "No site is given. Our page asks for: tooth number."),
    ("D4341", [1], WILL, "No site is given. Our page asks for: quadrant."),
    ("D4342 UR #19", [1], WILL, "contradict each other: #19 and UR."),
    ("D4341 LL #3", [1], WILL, "contradict each other"),
    ("D2740 #3, D2750 #3", [1, 2], WILL, "one tooth takes one crown"),
    ("D2740 #3, D2790 #3", [1, 2], WILL, "one tooth takes one crown"),
    ("D2740 #3, D2740 #3", [1, 2], WILL, "D2740 is on two lines for one site (#3) and date."),
    ("D6240 #3, D2740 #3", [1, 2], WILL, "one tooth takes one crown"),
    ("D2950 #3, D2954 #3", [1, 2], WILL, "D2954 and D2950 are on the same date"),
    ("D2952 #3, D2954 #3, D2740 #3", [1, 2], WILL, "one buildup or one post and core"),
    ("D7140 #3, D7210 #3", [1, 2], WILL, "one tooth is taken out once"),
    ("D7140 #3, D7140 #3", [1, 2], WILL, "on two lines for one site"),
    ("D3330 #3, D3348 #3", [1, 2], WILL, "one pulp treatment"),
    ("D3220 #8, D3310 #8", [1, 2], WILL, "one pulp treatment"),
    ("D7140 #3, D2740 #3", [1, 2], WILL, "the tooth is taken out on that date"),
    ("D7210 #30, D3330 #30", [1, 2], WILL, "the tooth is taken out on that date"),
    ("D2391 #3 O, D2740 #3", [1, 2], MAY, "a crown includes the filling"),
    ("D2391 #3 O, D2392 #3 MO", [1, 2], MAY, "a surface is filled once"),
    ("D2391 #3 O, D2391 #3 O", [1, 2], WILL, "on two lines for one site"),
    ("D1351 #3 O, D2391 #3 O", [1, 2], MAY, "same date"),
    ("D1351 #3, D1351 #3", [1, 2], WILL, "on two lines for one site"),
    ("D4341 UR, D4341 UL, D4341 LL", [1, 2, 3], MAY, "D4341 is reported for three quadrants on one date"),
    ("D4341 UR, D4341 UL, D4341 LL, D4341 LR", [1, 2, 3, 4], MAY, "four quadrants"),
    ("D4341 UR, D4341 UR", [1, 2], WILL, "on two lines for one site (UR)"),
    ("D4341 UR, D4342 UR #3", [1, 2], MAY, "a quadrant takes one of these"),
    ("D4260 UR, D4341 UR", [1, 2], WILL, "do not go together"),
    ("D4341 UR, D1110", [1, 2], WILL, "do not go together"),
    ("D4342 UR #3, D1110", [1, 2], MAY, "Some payers pay only one"),
    ("D4910, D1110", [1, 2], WILL, "do not go together"),
    ("D4910, D4341 UR", [1, 2], WILL, "do not go together"),
    ("D4355, D1110", [1, 2], WILL, "do not go together"),
    ("D4355, D0150", [1, 2], MAY, "The code set no longer bars the pair"),
    ("D4355 2022-03-01, D0150 2022-03-01", [1, 2], WILL, "do not go together"),
    ("D4346, D1110", [1, 2], WILL, "do not go together"),
    ("D1110, D1120", [1, 2], WILL, "do not go together"),
    ("D1120, D4355", [1, 2], WILL, "one cleaning"),
    ("D1206, D1208", [1, 2], MAY, "same date"),
    ("D1110, D1110", [1, 2], WILL, "counted once for a visit"),
    ("D0120, D0150", [1, 2], WILL, "do not go together"),
    ("D0140, D0180", [1, 2], MAY, "one exam a visit"),
    ("D0210, D0274", [1, 2], WILL, "do not go together"),
    ("D0272, D0274", [1, 2], MAY, "one set of bitewings"),
    ("D0220 #3, D0220 #14", [1, 2], WILL, "counted once for a visit"),
    ("D9222, D9222", [1, 2], WILL, "counted once for a visit"),
    ("D9222, D9230", [1, 2], WILL, "do not go together"),
    ("D9222 2025-03-03, D9230 2025-03-03", [1, 2], MAY, "The code set has barred the pair since 2026"),
    ("D9222, D9225", [1, 2], WILL, "do not go together"),
    ("D6066 #19, D6056 #19", [1, 2], WILL, "do not go together"),
    ("D7963 UA, D7961 UA", [1, 2], WILL, "do not go together"),
    ("D7210 #19, D7953 #19, D4266 #19", [1, 3], MAY, "a membrane in the socket is D7956 or D7957."),
    ("D7140 #3, D4263 #3", [1, 2], MAY, "it is for a tooth that stays"),
    ("D6103 #19, D6010 #19", [1, 2], MAY, "a graft around an implant placed that day is D6104"),
    ("D7320 UR, D7140 #3", [1, 2], MAY, "reshaping with extractions in the quadrant is D7310 or D7311"),
    ("D7310 UR", [1], MAY, "D7310 adds to D7140 or D7210 or D7220"),
    ("D7311 UR", [1], MAY, "D7311 adds to D7140 or D7210 or D7220"),
    ("D9210 UR, D7140 #3", [1, 2], MAY, "it is for anesthesia without treatment in the area"),
    ("D3221 #3, D7140 #3", [1, 2], WILL, "the tooth is taken out on that date"),
    ("D2740 #3, D2920 #3", [1, 2], MAY, "the new crown takes the place of the old one"),
    ("D2950 #3, D2951 #3", [1, 2], WILL, "do not go together"),
    ("D6104 #19, D7953 #19", [1, 2], WILL, "do not go together"),
    ("D6010 #19, D6010 #19", [1, 2], WILL, "on two lines for one site"),
    ("D6010 #19, D6011 #19", [1, 2], MAY, "Some payers pay only one"),
    ("D5110 UA, D5130 UA", [1, 2], MAY, "an arch takes one denture"),
    ("D5110, D5110", [1, 2], WILL, "D5110 is on two lines for one site (upper arch) and date."),
    ("D5110, D5213", [1, 2], MAY, "at one site (upper arch): an arch takes one denture."),
    ("D5130, D5110", [1, 2], MAY, "an arch takes one denture."),
    ("D5110, D5410", [1, 2], MAY, "adjustments after delivery are part of the denture."),
    ("D5130, D5730", [1, 2], MAY, "payers count relines and rebases from the delivery."),
    ("D4341 #10", [1], WILL, "If 10 is the quadrant, type it as UR."),
    ("D0140, D0230 #14", [2], MAY, "D0230 adds to D0220, which is not on the claim for Mar 16, 2026."),
    ("D0210, D0230 #3", [1, 2], WILL, "a full-mouth series includes its periapicals."),
    ("D3426 #3", [1], WILL, "D3426 adds to D3421 or D3425"),
    ("D3430 #3", [1], MAY, "D3430 adds to D3410 or D3421 or D3425 or D3426 or D3470"),
    ("D4264 #14", [1], WILL, "D4264 adds to D4263"),
    ("D4278 #9, D4277 #8 2026-03-02", [1], WILL, "D4278 adds to D4277, which is not on the claim for Mar 16, 2026."),
    ("D4283 #9", [1], WILL, "D4283 adds to D4273"),
    ("D4285 #9", [1], WILL, "D4285 adds to D4275"),
    ("D9223, D7240 #17", [1], WILL, "D9223 adds to D9222"),
    ("D9243, D7240 #17", [1], WILL, "D9243 adds to D9239"),
    ("D6010 #8, D7953 #8", [1, 2], MAY, "a graft around an implant placed that day is D6104."),
    ("D9110 #30, D7140 #30", [1, 2], MAY, "relieving the pain is part of treating the tooth."),
    ("D9110, D3330 #30", [1, 2], MAY, "relieving the pain is part of treating the tooth."),
    ("D7140 #3 2026-03-10, D2740 #3", [1, 2], WILL, "was taken out by D7140 on Mar 10, 2026, before D2740."),
    ("D7210 #3 2026-03-10, D2391 #3 O", [1, 2], WILL, "was taken out by D7210"),
    ("D7140 #3 2026-03-10, D7210 #3", [1, 2], WILL, "was taken out by D7140"),
    ("D7140 #3 2026-03-10, D7140 #3", [1, 2], WILL, "on two lines for one tooth (#3), Mar 10, 2026 and Mar 16, 2026."),
    ("D2740 #3 2026-03-02, D2740 #3", [1, 2], MAY, "on two lines for one tooth (#3), Mar 2, 2026 and Mar 16, 2026"),
    ("D1352 #3 O", [1], WILL, "its last date of service was Dec 31, 2025. Report instead: D2391."),
    ("D9940", [1], WILL, "Report instead: D9944, D9945, D9946."),
    ("D8690", [1], WILL, "Not valid on Mar 16, 2026"),
    ("D6049 #19 2025-11-03", [1], WILL, "its first date of service is Jan 1, 2026."),
    ("D2740 #3 #4", [1], MAY, "D2740 is counted per tooth: one line for each."),
    ("D3221 #19, D3330 #19", [1, 2], WILL, "do not go together"),
    ("D3110 #3, D3120 #3", [1, 2], MAY, "one tooth takes one pulp cap."),
    ("D0364, D0365", [1, 2], MAY, "payers pay one cone beam scan a visit."),
    ("D8080, D8090", [1, 2], MAY, "a visit starts one orthodontic treatment."),
    ("D5110, D2740 #8", [1, 2], MAY, "a complete denture replaces every tooth of its arch."),
    ("D6010 A", [1], MAY, "D6010 is for permanent teeth; tooth A is a primary tooth."),
    ("D2740 K", [1], MAY, "D2740 is for permanent teeth; tooth K is a primary tooth."),
]  # fmt: skip


def test_there_are_claims_enough():
    assert (len(ORDINARY) >= 60, len(FAULTY) >= 60) == (True, True)
    assert len({*ORDINARY, *(claim for claim, *_ in FAULTY)}) == len(ORDINARY) + len(FAULTY)


@pytest.mark.parametrize("claim", ORDINARY)
def test_ordinary_claim_is_silent(pages, claim):
    assert judged(claim, pages) == []


@pytest.mark.parametrize(("claim", "rows", "strength", "says"), FAULTY)
def test_faulty_claim_says_its_fault_on_each_row_of_it_and_nothing_else(pages, claim, rows, strength, says):
    found = judged(claim, pages)
    assert [(row, how) for row, how, _ in found] == [(row, strength) for row in rows]
    assert [said for *_, said in found if says not in said] == []


@pytest.mark.parametrize(
    ("claim", "code", "item"),
    [
        ("D5110, D5410", "D5110", "includes.aftercare"),
        ("D5130, D5730", "D5730", "denial.too-soon"),
        ("D0210, D0230 #3", "D0210", "includes.all"),
        ("D9110, D3330 #30", "D9110", "denial.same-day-definitive"),
        ("D0140, D0230 #14", "D0230", "precondition.d0220"),
        ("D9223", "D9223", "denial.base"),
        ("D3430 #3", "D3430", "related.precedes.D3410"),
        ("D2740 #3 2026-03-02, D2740 #3", "D2740", "frequency.five"),
        ("D7140 #3 2026-03-10, D2740 #3", "D7140", "per"),
    ],
)
def test_finding_rests_on_the_item_that_says_so(pages, claim, code, item):
    lines = [claim_line.read(line).dated(DAY) for line in claim.split(",")]
    found = [verdict for verdict in check(lines, pages, sorted(pages)) if not verdict.lists]
    assert {(verdict.code, verdict.item) for verdict in found} == {(code, item)}

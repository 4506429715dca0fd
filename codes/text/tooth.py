"""What a tooth is by its number: 1 to 32 or A to T, extra ones 51 to 82 or AS to TS. No Django."""

_PERMANENT = {  # Tooth of the upper jaw -> its position; the lower jaw mirrors it.
    **dict.fromkeys((1, 16), "third molar"),
    **dict.fromkeys((2, 3, 14, 15), "molar"),
    **dict.fromkeys((4, 5, 12, 13), "premolar"),
}
_PRIMARY_MOLARS = set("ABIJKLST")
_LAST_UPPER = "J"


def facts_of(tooth: str) -> set[str]:
    """What a tooth is, in the words of `page.TEETH`. A supernumerary tooth is as the one beside it.

    >>> sorted(facts_of("17")), sorted(facts_of("A"))
    (['lower', 'molar', 'permanent', 'third molar'], ['molar', 'primary', 'upper'])
    """
    if not tooth.isdigit():
        jaw = "upper" if tooth[0] <= _LAST_UPPER else "lower"
        return {jaw, "primary", "molar" if tooth[0] in _PRIMARY_MOLARS else "anterior"}
    place = (int(tooth) - 1) % 50
    position = _PERMANENT.get(place + 1 if place < 16 else 32 - place, "anterior")
    facts = {"upper" if place < 16 else "lower", "permanent", position}
    return facts | {"molar"} if position == "third molar" else facts

"""What a report says in a sentence, beside its tables."""

from cases.reports.timeliness import bottleneck


def test_the_slowest_stage_is_named_only_where_there_are_two_to_compare() -> None:
    many, few = (
        (10, 20, 30, 40),
        (9, 300, 400, 500),
    )  # visits that ended, lower quarter, median, upper quarter
    assert bottleneck({}) == (
        "Too few visits have ended to say at which stage it takes longest: two need 10 or more."
    )
    assert bottleneck({"resolution": many, "managers": few}) == bottleneck({})
    assert bottleneck({"resolution": many, "managers": (12, 50, 60, 70)}) == (
        "It takes longest at: Between managers (median 60 hours)."
    )
    assert bottleneck({"resolution": many, "managers": (12, 50, 60, 70), "senior_managers": few}) == (
        "It takes longest at: Between managers (median 60 hours), "
        "among the 2 stages with at least 10 visits that have ended."
    )

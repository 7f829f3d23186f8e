"""The suspects between two commits, whether a candidate holds a fix, and what lies between two deploys."""

from __future__ import annotations

from typing import Any

from git_histories import git
from git_world import World

from tocsin.core.procedures.hands import Seen


def listed(seen: Seen) -> dict[str, Any]:
    """The commits of a look at a range, by the first word of their subject."""
    found: Any = seen.values["commits"]
    return {one["subject"].split()[0]: one for one in found}


async def test_each_suspect_has_its_author_pull_request_and_files(world: World) -> None:
    good = world.site.commit({"a": "1"})
    world.site.commit({"a": "2"}, "First (#12)\n\nWhy.", by=("Bob", "bob@acme.example"))
    world.site.commit({"b": "1", "a": None}, "Second")

    seen = await world.look("range", "acme/site", branch="main", **{"from": good})

    first, second = listed(seen)["First"], listed(seen)["Second"]
    assert (first["author"], first["email"], first["pull_request"]) == ("Bob", "bob@acme.example", 12)
    assert first["body"] == "First (#12)\n\nWhy."
    assert first["files"] == [{"status": "M", "path": "a"}]
    assert second["files"] == [{"status": "D", "path": "a"}, {"status": "A", "path": "b"}]
    assert (seen.values["in_all"], seen.values["ancestor"], seen.values["merges"]) == (2, True, 0)


async def test_the_newest_commit_stands_first_whatever_the_clocks_of_their_authors_say(world: World) -> None:
    good = world.site.commit({"a": "1"})
    world.site.commits += 1000
    world.site.commit({"a": "2"}, "Older")
    world.site.commits -= 1000
    world.site.commit({"a": "3"}, "Newer")

    seen = await world.look("range", "acme/site", branch="main", **{"from": good})

    assert list(listed(seen)) == ["Newer", "Older"]


async def test_a_merge_has_the_number_and_the_files_of_its_pull_request(world: World) -> None:
    good = world.site.commit({"a": "1"})
    side = world.site.commit({"b": "1"}, "Side", branch="side", parents=[good])
    world.site.commit({"b": "1"}, "Merge pull request #34 from acme/side", parents=[good, side])

    seen = await world.look("range", "acme/site", branch="main", **{"from": good})

    merge, inner = listed(seen)["Merge"], listed(seen)["Side"]
    assert (merge["pull_request"], merge["merge"], merge["first_parent"]) == (34, True, True)
    assert merge["files"] == [{"status": "A", "path": "b"}]
    assert inner["first_parent"] is False
    assert merge["followed_by"] == []


async def test_what_was_taken_back_is_told_with_what_did_it(world: World) -> None:
    good = world.site.commit({"a": "1"})
    bad = world.site.commit({"a": "2"}, "Bad")
    pull = world.site.commit({"b": "2"}, "Pull (#7)")
    short = world.site.commit({"c": "2"}, "Short")
    by = world.site.commit({"a": "1"}, f"Undo\n\nThis reverts commit {bad}.")
    by_pull = world.site.commit({"b": None}, 'Revert "Pull" (#8)\n\nReverts acme/site#7')
    by_short = world.site.commit({"c": None}, f"Again\n\nThis reverts commit {short[:9]}.")

    found = listed(await world.look("range", "acme/site", branch="main", to=by_short, **{"from": good}))

    assert [found[one]["reverted_by"] for one in ("Bad", "Pull", "Short")] == [by, by_pull, by_short]
    assert found["Undo"]["is_revert"] is True
    assert found["Undo"]["reverts"] == [bad]
    assert found["Revert"]["reverts_pulls"] == [7]
    assert pull in {one["sha"] for one in found.values()}


async def test_a_revert_after_the_range_counts_as_well(world: World) -> None:
    good = world.site.commit({"a": "1"})
    bad = world.site.commit({"a": "2"}, "Bad")
    by = world.site.commit({"a": "1"}, f"Undo\n\nThis reverts commit {bad}.")

    seen = await world.look("range", "acme/site", branch="main", to=bad, **{"from": good})

    assert listed(seen)["Bad"]["reverted_by"] == by


async def test_later_commits_that_touch_the_same_files_are_told(world: World) -> None:
    good = world.site.commit({"a": "1", "z": "1"})
    world.site.commit({"a": "2"}, "Bad")
    world.site.commit({"z": "2"}, "Other")
    after = world.site.commit({"a": "3"}, "Builds on it")

    seen = await world.look("range", "acme/site", branch="main", **{"from": good})

    assert listed(seen)["Bad"]["followed_by"] == [{"sha": after, "subject": "Builds on it"}]


async def test_a_commit_with_a_migration_says_so(world: World) -> None:
    good = world.site.commit({"a": "1"})
    world.site.commit({"migrations/7_x.up.sql": "ALTER TABLE x ADD y int;"}, "Migrate")

    seen = await world.look("range", "acme/site", branch="main", **{"from": good})

    assert listed(seen)["Migrate"]["migrations"] == ["migrations/7_x.up.sql"]


async def test_a_range_that_is_none_is_told_as_such(world: World) -> None:
    base = world.site.commit({"a": "1"})
    side = world.site.commit({"a": "x"}, branch="side", parents=[base])
    world.site.commit({"a": "2"}, parents=[base])

    seen = await world.look("range", "acme/site", branch="main", **{"from": side})

    assert seen.values["ancestor"] is False


async def test_names_that_are_no_text_are_shown_escaped(world: World) -> None:
    good = world.site.commit({"a": "1"})
    world.site.commit({b"caf\xe9": "1", b"new\nline": "1", "größe": "1"}, "Odd")

    seen = await world.look("range", "acme/site", branch="main", **{"from": good})

    assert [one["path"] for one in listed(seen)["Odd"]["files"]] == ["caf\\xe9", "größe", "new\\nline"]


async def test_a_fix_in_the_history_is_contained(world: World) -> None:
    world.site.commit({"a": "1"})
    fix = world.site.commit({"a": "2"})
    head = world.site.commit({"b": "1"})

    seen = await world.look("contains", "acme/site", commit=fix, candidate=head)

    assert (seen.values["contains"], seen.values["as"]) == (True, fix)


async def test_a_fix_that_is_not_in_the_candidate_is_not_contained(world: World) -> None:
    old = world.site.commit({"a": "1"})
    fix = world.site.commit({"a": "2"})

    seen = await world.look("contains", "acme/site", commit=fix, candidate=old)

    assert seen.values["contains"] is False
    assert seen.values["why"] == f"{fix[:10]}: it is not in the history of {old[:10]}"


async def test_a_fix_that_was_taken_back_in_the_candidate_is_not_contained(world: World) -> None:
    world.site.commit({"a": "1"})
    fix = world.site.commit({"a": "2"})
    by = world.site.commit({"a": "1"}, f"Undo\n\nThis reverts commit {fix}.")

    seen = await world.look("contains", "acme/site", commit=fix, candidate=by)

    assert (seen.values["contains"], seen.values["reverted_by"]) == (False, by)


async def test_a_fix_that_was_picked_onto_a_release_branch_is_contained(world: World) -> None:
    base = world.site.commit({"a": "1"})
    world.site.commit({"z": "1"})
    fix = world.site.commit({"a": "2"}, "Mend")
    said = world.site.commit({"a": "2"}, f"Mend\n\n(cherry picked from commit {fix})", "said", parents=[base])
    same = world.site.commit({"a": "2"}, "Mend it here too", "same", parents=[base])

    by_word = await world.look("contains", "acme/site", commit=fix, candidate=said)
    by_change = await world.look("contains", "acme/site", commit=fix, candidate=same)

    assert (by_word.values["contains"], by_word.values["as"]) == (True, said)
    assert (by_change.values["contains"], by_change.values["as"]) == (True, same)


async def test_between_two_deploys_lie_the_commits_that_their_image_tags_name(world: World) -> None:
    old = world.site.commit({"a": "1"})
    first = world.site.commit(
        {"a": "2", "migrations/7_x.up.sql": "DROP TABLE x;\n", "migrations/7_x.down.sql": "\n"}
    )
    new = world.site.commit({"b": "2"})
    good = world.deploy.commit({"site.yaml": f"image: site:101_2026-03-01_{old[:8]}\n"})
    live = world.deploy.commit({"site.yaml": f"image: site:102_2026-03-02_{new[:8]}\n", "replicas": "3"})

    seen = await world.look("between", target="site", good=good, live=live, good_repository="acme/deploy")

    found: Any = seen.values
    assert [one["sha"] for one in found["commits"]] == [new, first]
    assert (found["in_all"], found["ancestor"], found["source_known"]) == (2, True, True)
    assert found["configuration"] == ["replicas", "site.yaml"]
    assert found["files"][:2] == [
        {"path": "migrations/7_x.down.sql", "change": "added", "empty": True, "text": "\n"},
        {"path": "migrations/7_x.up.sql", "change": "added", "empty": False, "text": "DROP TABLE x;\n"},
    ]
    assert {one["path"] for one in found["files"]} >= {"a", "b"}


async def test_between_deploys_of_the_same_source_lies_configuration_only(world: World) -> None:
    sha = world.site.commit({"a": "1"})
    good = world.deploy.commit({"site.yaml": f"image: site:{sha}\n", "replicas": "3"})
    live = world.deploy.commit({"replicas": "5"})

    seen = await world.look("between", target="site", good=good, live=live, good_repository="acme/deploy")

    assert (seen.values["in_all"], seen.values["configuration"]) == (0, ["replicas"])


async def test_deploys_may_be_told_with_commits_of_the_source(world: World) -> None:
    good = world.site.commit({"a": "1"})
    live = world.site.commit({"a": "2"})

    seen = await world.look("between", target="site", good=good, live=live, good_repository="acme/site")

    assert (seen.values["in_all"], seen.values["ancestor"]) == (1, True)


async def test_a_deploy_that_names_no_commit_of_the_source_is_not_taken_for_one_without_commits(
    world: World,
) -> None:
    world.site.commit({"a": "1"})
    good = world.deploy.commit({"site.yaml": "image: site:v1\n"})
    live = world.deploy.commit({"site.yaml": "image: site:v2\n"})

    seen = await world.look("between", target="site", good=good, live=live, good_repository="acme/deploy")

    assert seen.values["source_known"] is False
    assert seen.values["why_unknown"] == "which commit of acme/site the good deploy has can't be told"


async def test_which_commits_a_deploy_has_is_read_from_its_tree(world: World) -> None:
    old, new = world.site.commit({"a": "1"}), world.site.commit({"a": "2"})
    world.deploy.commit(
        {"site.yaml": f"image: site:{new[:12]}\n", "job.yaml": f"image: job:{old}\nport: 1234567\n"}
    )

    seen = await world.look("deployed", target="site")

    assert seen.values["commits"] == sorted([old, new])
    assert seen.values["newest"] == new
    assert git(world.deploy.folder, "rev-parse", "release") == seen.values["sha"]


async def test_a_tag_of_build_date_and_commit_names_that_commit(world: World) -> None:
    """As Sourcegraph names its images."""
    old = world.site.commit({"a": "1"})
    new = world.site.commit({"a": "2"})
    for sha in (old, new):
        head = world.deploy.commit({"site.yaml": f"image: site:101_2026-03-01_{sha[:8]}\n"})

    seen = await world.look("deployed", target="site")

    assert (seen.values["sha"], seen.values["newest"], seen.problems) == (head, new, ())

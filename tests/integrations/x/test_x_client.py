"""What X's answers mean, from answers as X gives them. The town's cover the rest."""

from __future__ import annotations

import msgspec

from tocsin.integrations.x.client import Page

RECORDED = b"""{
 "data": [
  {"id": "1346889436626259968", "text": "@acme Sign-in &amp; search are broken, see https://t.co/abc \xe2\x80\xa6",
   "author_id": "2244994945", "created_at": "2026-03-02T08:59:58.000Z", "conversation_id": "1346889436626259968",
   "edit_history_tweet_ids": ["1346889436626259968"],
   "note_tweet": {"text": "@acme Sign-in &amp; search are broken, see https://t.co/abc and all that I tried"},
   "entities": {"urls": [{"start": 41, "end": 57, "url": "https://t.co/abc",
     "expanded_url": "https://jane.example/shot", "display_url": "jane.example/shot"}],
     "mentions": [{"start": 0, "end": 5, "username": "acme", "id": "1"}]}},
  {"id": "1346889436626259967", "text": "RT @jane: broken", "author_id": "3",
   "referenced_tweets": [{"type": "retweeted", "id": "9"}]},
  {"id": "1346889436626259966", "text": "@acme too", "author_id": "4", "in_reply_to_user_id": "1",
   "referenced_tweets": [{"type": "quoted", "id": "8"}, {"type": "replied_to", "id": "7"}]}
 ],
 "includes": {"users": [{"id": "2244994945", "name": "Jane", "username": "jane"}]},
 "errors": [{"title": "Not Found Error", "resource_id": "3", "type": "https://api.twitter.com/2/problems/resource-not-found"}],
 "meta": {"result_count": 3, "newest_id": "1346889436626259968", "oldest_id": "1346889436626259966", "next_token": "7140w"}
}"""


def page() -> Page:
    return msgspec.json.decode(RECORDED, type=Page)


def test_a_long_post_is_read_whole_with_its_signs_and_links_as_they_were_written() -> None:
    assert page().data[0].words == (
        "@acme Sign-in & search are broken, see https://jane.example/shot and all that I tried"
    )


def test_a_repost_is_told_from_an_answer() -> None:
    _, repost, answer = page().data

    assert repost.is_repost
    assert not answer.is_repost
    assert (repost.replies_to, answer.replies_to) == ("", "7")


def test_a_page_says_where_the_next_begins_and_who_wrote_what() -> None:
    assert page().meta.next_token == "7140w"
    assert {user.id: user.username for user in page().includes.users} == {"2244994945": "jane"}


def test_a_page_without_posts_has_no_data_at_all() -> None:
    assert msgspec.json.decode(b'{"meta": {"result_count": 0}}', type=Page).data == ()

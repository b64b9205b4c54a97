"""What the chat page needs: feedback for answers."""

from case import case, check_problem, eq


def rows(site, request_id):
    return site.sql(
        "SELECT rating, comment, question, answer FROM slipway.feedback WHERE request_id = :'id'",
        id=request_id,
    )


@case
def feedback_is_kept_for_the_call(site):
    site.mock.script("m", "text=an+answer")
    user = site.user()
    request_id = user.chat("Why?").json()["request_id"]
    user.settled()
    body = {"request_id": request_id, "rating": 1, "comment": "Good."}
    eq(user.post("/feedback", body).json(), {"kept": True})
    body |= {"rating": -1, "agreed": True, "question": "Why?", "answer": "an answer"}
    eq(user.post("/feedback", body).status, 200)
    eq(rows(site, request_id), [
        {"rating": "-1", "comment": "Good.", "question": "Why?", "answer": "an answer"}])  # fmt: skip


@case
def feedback_without_consent_keeps_no_content(site):
    site.mock.script("m", "text=an+answer")
    user = site.user()
    request_id = user.chat("Why?").json()["request_id"]
    user.settled()
    body = {"request_id": request_id, "rating": 1, "question": "Why?", "answer": "an answer"}
    eq(user.post("/feedback", body).status, 200)
    eq(rows(site, request_id)[0]["question"], "")


@case
def feedback_refuses_what_is_not_its_own(site):
    site.mock.script("m", "text=an+answer")
    user = site.user()
    request_id = user.chat("Why?").json()["request_id"]
    user.settled()
    good = {"request_id": request_id, "rating": 1}
    check_problem(site.user().post("/feedback", good), 404, "not_found")
    check_problem(site.http.post("/feedback", good), 401, "unauthorized")
    for change in ({"rating": 0}, {"rating": "up"}, {"request_id": ""}, {"agreed": True},
                   {"comment": "x" * 2001}):  # fmt: skip
        check_problem(user.post("/feedback", good | change), 400, "invalid_request")
    eq(rows(site, request_id), [])

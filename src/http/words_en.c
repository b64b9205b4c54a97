/* English. */
#include "http/words.h"

const char *const words_en[WORDS_MAX] = {
	[W_SITE] = "Site",
	[W_ACCOUNT] = "Account",
	[W_STATUS] = "Status",
	[W_ABOUT] = "About",
	[W_OTHER_LANGUAGE] = "Deutsch",

	[W_FAILED] = "That did not work",
	[W_GO_BACK] = "Go back to try again.",
	[W_SIGN_IN] = "Sign in",
	[W_SIGN_UP] = "Sign in or make an account",
	[W_INCIDENT_NUMBER] = "Incident number:",
	[W_SERVICE_STATUS] = "Service status",

	[W_ASK] = "Ask",
	[W_WELCOME] = "What would you like to know?",
	[W_ANSWER] = "Answer",
	[W_QUESTION] = "Your question",
	[W_ANSWER_WITH] = "Answer with",
	[W_KEY] = "API key, unless you are signed in",
	[W_NEW_CHAT] = "New chat",
	[W_SEND] = "Send",
	[W_SOURCES] = "Sources",
	[W_CAN_BE_WRONG] = "Answers can be wrong: check the sources.",
	[W_ANSWERED_BEFORE] = "Questions that were answered before",
	[W_EMPTY] = "The question is empty.",
	[W_TOO_LONG] = "The question is too long.",
	[W_KEPT_BELOW] = "Your question is kept below.",

	[W_ABOUT_NAME] = "About {}",
	[W_ABOUT_INTRO] =
		"{} answers questions with AI: as a conversation, or from "
		"documents, then with the passages that the answer rests on. "
		"Answers can be wrong: check what matters.",
	[W_ABOUT_ANSWERS] = "What answers",
	[W_ABOUT_THEN] = ", then ",
	[W_ABOUT_QUOTES] = "quotes from the documents, written by no model",
	[W_ABOUT_SEARCHES] = "; searches the documents first",
	[W_ABOUT_GETS] = "Who gets what you write",
	[W_ABOUT_FOR] = ", for ",
	[W_ABOUT_MESSAGES] = ": your messages",
	[W_ABOUT_PASSAGES] = ": your messages, and the passages of the "
			     "documents found for them",
	[W_ABOUT_TOOLS] = "The tools of <strong>{}</strong> ({}): what its "
			  "model asks them for",
	[W_ABOUT_JUDGE] =
		", to judge what is asked before it is answered, for ",
	[W_ABOUT_SHADOW] = ", for {} % of what is asked of {}: a copy of it, "
			   "to compare models; its answer is shown to nobody",
	[W_ABOUT_ORDER] = "A provider that stands second is asked only when "
			  "the one before it fails. Nobody else gets your "
			  "text.",
	[W_ABOUT_NOBODY] = "Nobody: every answer is made on this server.",
	[W_ABOUT_STORED] = "What is stored",
	[W_ABOUT_LEDGER] =
		"Your messages and the answers only where it is said below. "
		"For each request the service keeps who asked, when, which "
		"feature and model, how many tokens, what it cost, how long "
		"it took and how it ended: for the limits and the bill. The "
		"chat page keeps a key that you type in its browser tab until "
		"you close it. Signing in sets one cookie, which says who you "
		"are and nothing else; your account page shows what is kept "
		"about you, and deletes it.",
	[W_ABOUT_KEPT] = "What you ask <strong>{}</strong> and its answers "
			 "are kept for {}{}; deleted with your account, too.",
	[W_ABOUT_HASH] = ", as hashes, which tell equal texts and nothing else",
	[W_ABOUT_REDACTED] = ", without what looks like private data",
	[W_ABOUT_FULL] = ", as they are",
	[W_ABOUT_RUNS] = "What you ask <strong>{}</strong> is kept with each "
			 "step and the answer for {}, so that it can go on "
			 "after a fault; it is deleted with your account, too.",
	[W_ABOUT_RESUME] = "An answer on the chat page is kept for {}, so "
			   "that a connection that breaks loses nothing of "
			   "it. ",
	[W_ABOUT_IDEMPOTENCY] =
		"The answer to a program that sends an Idempotency-Key is "
		"kept for a day, sealed, for the same key.",
	[W_ABOUT_RATED] = "When you rate an answer, your thumb and comment "
			  "are kept; question and answer go along only when "
			  "you agree.",
	[W_ABOUT_CONTACT] = "Contact",
	[W_ABOUT_RUN_BY] = "This service is run by {}. ",
	[W_ABOUT_WRITE] =
		"Write to {}. When a request failed, send its incident number "
		"(<code>req_…</code>) along: it says all that is needed.",
	[W_ABOUT_NO_ADDRESS] = "Its operator has not given an address yet.",

	[W_DEMO] = "Demo",
	[W_DEMO_TITLE] = "Questions that others have asked",
	[W_DEMO_INTRO] = "These answers were recorded on {} and stand "
			 "here as they came. "
			 "Answers can be wrong: check the sources. "
			 "<a href=\"/\">Ask a question of your own</a>.",

	[W_DATE] = "{} {} {}",
	[W_JANUARY] = "Jan",
	[W_FEBRUARY] = "Feb",
	[W_MARCH] = "Mar",
	[W_APRIL] = "Apr",
	[W_MAY] = "May",
	[W_JUNE] = "Jun",
	[W_JULY] = "Jul",
	[W_AUGUST] = "Aug",
	[W_SEPTEMBER] = "Sep",
	[W_OCTOBER] = "Oct",
	[W_NOVEMBER] = "Nov",
	[W_DECEMBER] = "Dec",

	[W_SECOND] = "second",
	[W_SECONDS] = "seconds",
	[W_MINUTE] = "minute",
	[W_MINUTES] = "minutes",
	[W_HOUR] = "hour",
	[W_HOURS] = "hours",
	[W_DAY] = "day",
	[W_DAYS] = "days",
};

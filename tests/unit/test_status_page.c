/*
 * The files of the status page: the past that is kept while the database is
 * away, incidents and maintenance, and that no text of operators or providers
 * is ever more than text.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "ops/status_page.h"
#include "ops/status_past.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS  INT64_C(1795689000000) /* 2026-11-26 10:30 UTC */
#define MINUTE  INT64_C(60000)
#define HOSTILE "</title><script>alert(1)</script>&\"'\x01]]>"

struct fixture {
	struct arena arena;
	struct conf conf;
	struct status_facts facts;
	struct status_now now;
	struct status_past past;
	struct status_view view;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, (size_t)256 << 20);
	f.conf.server.name = "Acme";
	f.conf.server.public_url = "https://ai.example.org";
	f.conf.providers[0] = (struct conf_provider){
		.name = "alpha", .kind = CONF_PROVIDER_OPENAI};
	f.conf.nproviders = 1;
	f.conf.features[0] = (struct conf_feature){.name = "chat", .nroute = 1};
	f.conf.features[0].route[0] = STR("alpha/large");
	f.conf.nfeatures = 1;
	f.facts = (struct status_facts){
		.now_ms = NOW_MS,
		.web = STATUS_PASSED,
		.ready = STATUS_PASSED,
		.database = STATUS_PASSED,
		.documents = 3,
		.ttft_p50_ms = 400,
		.ttft_p95_ms = 1300,
	};
	f.past.arena = &f.arena;
	f.view = (struct status_view){
		.conf = &f.conf, .now = &f.now, .past = &f.past};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	arena_release(&((struct fixture *)*state)->arena);
	return 0;
}

static void look(struct fixture *f, int64_t at_ms)
{
	f->facts.now_ms = at_ms;
	status_judge(&f->conf, &f->facts, &f->now);
	status_past_apply(&f->past, &f->now);
	status_past_add(&f->past, &f->now);
}

static void answer(struct fixture *f, const char *page)
{
	struct errbuf e = {0};

	if (status_past_answer(&f->past, str_from(page), &e) != ERR_OK)
		fail_msg("%s", e.detail);
}

/* What write() makes, as text. */
static const char *text_of(struct fixture *f,
			   void (*write)(const struct status_view *v,
					 struct buf *out))
{
	struct buf out;

	buf_init(&out, &f->arena, (size_t)1 << 20);
	write(&f->view, &out);
	assert_int_equal(buf_err(&out), ERR_OK);
	return buf_c(&out);
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%.4000s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in:\n%.4000s", part, strstr(text, part));
}

/* --- the past ------------------------------------------------------------ */

static struct status_day today(struct fixture *f, const char *part)
{
	struct status_day days[STATUS_DAYS];

	status_past_days(&f->past, str_from(part), f->now.now_ms, days);
	return days[STATUS_DAYS - 1];
}

/* Looks while the database is away, cut at midnight, with a gap. */
static void the_past_goes_on_without_a_database(void **state)
{
	struct fixture *const f = *state;
	const int64_t midnight = NOW_MS - NOW_MS % (1440 * MINUTE);
	struct status_day days[STATUS_DAYS];

	answer(f, "{\"as_of_ms\": 0, \"days\": [{\"component\": \"chat\", "
		  "\"day\": \"2026-11-26\", \"known_s\": 600, \"degraded_s\": "
		  "0, \"outage_s\": 60}, {\"component\": \"chat\", \"day\": "
		  "\"2026-08-29\", \"known_s\": 7, \"degraded_s\": 0, "
		  "\"outage_s\": 0}, {\"component\": \"chat\", \"day\": "
		  "\"2026-08-28\", \"known_s\": 9, \"degraded_s\": 0, "
		  "\"outage_s\": 0}]}");
	for (int64_t i = -3; i <= 3; i++)
		look(f, midnight + i * MINUTE);
	f->facts.database = STATUS_FAILED;
	for (int64_t i = 4; i <= 6; i++)
		look(f, midnight + i * MINUTE);
	look(f, midnight + 20 * MINUTE); /* nobody looked for 14 minutes */
	look(f, midnight + 21 * MINUTE);
	f->now.now_ms = midnight + 21 * MINUTE;
	status_past_days(&f->past, STR("chat"), f->now.now_ms, days);
	assert_int_equal(days[0].known_s, 7); /* 90 days, today the last */
	assert_int_equal(days[STATUS_DAYS - 2].known_s, 3 * 60);
	assert_int_equal(days[STATUS_DAYS - 2].outage_s, 0);
	/* 4 minutes fine, 2 + 1 of outage, and what the database knew */
	assert_int_equal(days[STATUS_DAYS - 1].known_s, 600 + (4 + 2 + 1) * 60);
	assert_int_equal(days[STATUS_DAYS - 1].outage_s, 60 + (2 + 1) * 60);
	assert_int_equal(f->past.nperiods, 3);
}

static void the_file_is_read_as_it_was_written(void **state)
{
	struct fixture *const f = *state;
	struct errbuf e = {0};
	struct buf out;

	answer(f, "{\"as_of_ms\": 5, \"days\": [], \"incidents\": []}");
	look(f, NOW_MS - 10 * MINUTE);
	look(f, NOW_MS - 9 * MINUTE);
	f->facts.web = STATUS_FAILED;
	look(f, NOW_MS);
	buf_init(&out, &f->arena, STATUS_PAST_MAX_BYTES);
	status_past_write(&f->past, &out);
	assert_int_equal(
		status_past_read(&f->arena, buf_str(&out), &f->past, &e),
		ERR_OK);
	assert_int_equal(f->past.nperiods, 2);
	assert_int_equal(f->past.periods[0].to_ms, NOW_MS - 9 * MINUTE);
	assert_int_equal(json_i64(json_get(f->past.page, "as_of_ms")), 5);
	assert_int_equal(today(f, "web").known_s, 60);
}

static void a_damaged_file_is_an_empty_past(void **state)
{
	static const char *const texts[] = {
		"{\"page\": {",
		"[]x",
		"{\"periods\": [{\"from_ms\": -1}]}",
		"{\"periods\": [{\"from_ms\": 2, \"to_ms\": 1}]}",
		"{\"periods\": [{\"from_ms\": 1, \"to_ms\": 1}]}",
	};
	struct fixture *const f = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct errbuf e = {0};
		assert_int_not_equal(status_past_read(&f->arena,
						      str_from(texts[i]),
						      &f->past, &e),
				     ERR_OK);
		assert_int_equal(f->past.nperiods, 0);
		look(f, NOW_MS);
		has(text_of(f, status_page), "Everything works.");
	}
}

static void the_oldest_periods_are_forgotten(void **state)
{
	struct fixture *const f = *state;

	for (int64_t i = 0; i < STATUS_MAX_PERIODS + 10; i++) {
		f->facts.web = i % 2 == 0 ? STATUS_PASSED : STATUS_FAILED;
		look(f, NOW_MS + i * MINUTE);
	}
	assert_int_equal(f->past.nperiods, STATUS_MAX_PERIODS);
	assert_int_equal(f->past.periods[0].from_ms, NOW_MS + 10 * MINUTE);
	/* a clock that was set back */
	look(f, NOW_MS);
	assert_int_equal(f->past.nperiods, 1);
}

/* --- incidents ----------------------------------------------------------- */

#define INCIDENT(id, kind, state, from, until)                              \
	"{\"id\": " id ", \"kind\": \"" kind "\", \"title\": \"T" id        \
	"\", \"impact\": \"major\", \"state\": \"" state                    \
	"\", \"components\": [\"chat\"], \"created_ms\": 1795688000000, "   \
	"\"starts_ms\": " from ", \"ends_ms\": " until ", \"changed_ms\": " \
	"1795688000000, \"updates\": [{\"id\": 1, \"state\": \"" state      \
	"\", \"message\": \"M" id "\", \"at_ms\": 1795688000000}]}"
#define PAGE(incidents) "{\"as_of_ms\": 1, \"incidents\": [" incidents "]}"
#define BEFORE          "1795688000000"
#define AFTER           "1795690000000"

static void an_open_incident_is_shown_and_counts(void **state)
{
	struct fixture *const f = *state;

	answer(f,
	       PAGE(INCIDENT("7", "incident", "identified", BEFORE, "null")));
	look(f, NOW_MS);
	assert_int_equal(f->now.indicator, STATUS_MAJOR);
	has(text_of(f, status_page), "Open incidents");
	has(text_of(f, status_page), "<h3>T7</h3>");
	has(text_of(f, status_page), "Identified</strong>");
	has(text_of(f, status_page), "Concerns: Chat");
	has(text_of(f, status_summary), "\"status\":\"identified\"");
	has(text_of(f, status_feed), "<title>[Identified] T7</title>");
	has(text_of(f, status_feed), "<guid isPermaLink=\"false\">"
				     "incident-7-1</guid>");
	has(text_of(f, status_badge), "part outage");
	/* when it is over, it is history */
	answer(f, PAGE(INCIDENT("7", "incident", "resolved", BEFORE, BEFORE)));
	look(f, NOW_MS);
	assert_int_equal(f->now.indicator, STATUS_NONE);
	has_not(text_of(f, status_page), "T7");
	has_not(text_of(f, status_summary), "T7");
	has(text_of(f, status_history), "id=\"incident-7\"");
	has(text_of(f, status_feed), "[Resolved] T7");
}

static void maintenance_is_no_trouble(void **state)
{
	struct fixture *const f = *state;

	answer(f,
	       PAGE(INCIDENT("8", "maintenance", "scheduled", BEFORE, AFTER)));
	f->facts.ready = STATUS_FAILED;
	look(f, NOW_MS);
	assert_int_equal(f->now.indicator, STATUS_NONE);
	has(text_of(f, status_page), "Planned maintenance is under way.");
	has(text_of(f, status_summary), "\"status\":\"under_maintenance\"");
	has(text_of(f, status_summary), "\"status\":\"in_progress\"");
	look(f, NOW_MS + MINUTE);
	assert_int_equal(today(f, "chat").known_s, 60);
	assert_int_equal(today(f, "chat").outage_s, 0);
	/* before it begins, and when it is done, chat is what it is */
	answer(f, PAGE(INCIDENT("8", "maintenance", "scheduled", AFTER,
				AFTER "9")));
	look(f, NOW_MS);
	assert_int_equal(f->now.indicator, STATUS_CRITICAL);
	has(text_of(f, status_page), "Maintenance from ");
	answer(f,
	       PAGE(INCIDENT("8", "maintenance", "completed", BEFORE, AFTER)));
	look(f, NOW_MS);
	assert_int_equal(f->now.indicator, STATUS_CRITICAL);
	has_not(text_of(f, status_page), "T8");
}

/* --- what they say ------------------------------------------------------- */

static void bars_have_words(void **state)
{
	struct fixture *const f = *state;

	answer(f, "{\"as_of_ms\": 0, \"days\": [{\"component\": \"web\", "
		  "\"day\": \"2026-11-25\", \"known_s\": 86400, "
		  "\"degraded_s\": 3600, \"outage_s\": 13}]}");
	look(f, NOW_MS);
	const char *const page = text_of(f, status_page);
	has(page, "99.98&nbsp;% up, last 90 days");
	has(page, "<li>25 Nov 2026: 13 seconds of outage, 1 hour "
		  "degraded</li>");
	has(page, "<li>0 days without trouble, 89 without data</li>");
	has(page, "<title>25 Nov 2026: 13 seconds of outage");
	has(page, "<title>26 Nov 2026: no data</title>");
	has(page, "Nothing known yet, last 90 days");
	has(page, "Half within 400 ms, 95 of 100 within 1300 ms.");
	has(text_of(f, status_json), "\"uptime_percent\":\"99.98\"");
}

static void the_revision_tells_what_is_new(void **state)
{
	struct fixture *const f = *state;
	char first[17];
	char second[17];

	look(f, NOW_MS);
	status_revision(&f->view, first);
	f->facts.ttft_p50_ms = 1;
	look(f, NOW_MS + MINUTE);
	status_revision(&f->view, second);
	assert_string_equal(first, second);
	f->facts.web = STATUS_FAILED;
	look(f, NOW_MS + MINUTE);
	status_revision(&f->view, second);
	assert_string_not_equal(first, second);
}

/* Names of providers, words of operators, states out of nowhere. */
static void hostile_text_stays_text(void **state)
{
	static void (*const writers[])(const struct status_view *v,
				       struct buf *out) = {
		status_page,    status_history, status_feed,
		status_summary, status_json,    status_badge,
	};
	struct fixture *const f = *state;
	struct buf page;
	struct jw w;

	f->conf.server.name = HOSTILE;
	f->conf.server.public_url = "https://x/\"><script>";
	f->conf.providers[0].name = HOSTILE;
	f->conf.features[0].route[0] = STR("x/y");
	buf_init(&page, &f->arena, 65536);
	jw_init(&w, &page);
	jw_open_object(&w, NULL);
	jw_open_array(&w, "incidents");
	jw_open_object(&w, NULL);
	jw_c(&w, "title", HOSTILE);
	jw_c(&w, "state", HOSTILE);
	jw_c(&w, "impact", HOSTILE);
	jw_open_array(&w, "components");
	jw_c(&w, NULL, HOSTILE);
	jw_close(&w);
	jw_open_array(&w, "updates");
	jw_open_object(&w, NULL);
	jw_c(&w, "state", HOSTILE);
	jw_c(&w, "message", HOSTILE);
	jw_close(&w);
	jw_close(&w);
	jw_close(&w);
	jw_close(&w);
	jw_open_array(&w, "spells");
	jw_open_object(&w, NULL);
	jw_c(&w, "component", HOSTILE);
	jw_c(&w, "state", HOSTILE);
	jw_close(&w);
	jw_close(&w);
	jw_close(&w);
	answer(f, buf_c(&page));
	look(f, NOW_MS);
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		const char *const text = text_of(f, writers[i]);
		has_not(text, "<script>");
		has_not(text, "</title><s");
		has_not(text, "\x01");
	}
}

/* Nothing of ours is left in English; what operators wrote stays. */
static void the_pages_speak_german(void **state)
{
	static const char *const english[] = {
		" the ",  " of ",  "answer", "Last ",    "days",  "Operational",
		"Outage", "Since", "Impact", "Concerns", "None.", "documents",
	};
	struct fixture *const f = *state;

	answer(f,
	       "{\"as_of_ms\": 0, \"days\": [], \"spells\": [{\"component\": "
	       "\"chat\", \"state\": \"outage\", \"from_ms\": "
	       "1795680000000, \"to_ms\": 1795680120000}], \"incidents\": "
	       "[{\"id\": 1, \"title\": \"Langsam\", \"impact\": "
	       "\"minor\", \"maintenance\": false, \"starts_ms\": "
	       "1795680000000, \"components\": [\"chat\"], \"updates\": "
	       "[{\"id\": 2, \"state\": \"monitoring\", \"message\": "
	       "\"Es wird besser.\", \"at_ms\": 1795680000000}]}]}");
	f->facts.web = STATUS_FAILED;
	look(f, NOW_MS - MINUTE);
	look(f, NOW_MS);
	f->view.lang = WORDS_DE;
	const char *const pages[] = {text_of(f, status_page),
				     text_of(f, status_history)};
	for (size_t i = 0; i < 2; i++) {
		has(pages[i], "<html lang=\"de\">");
		has(pages[i], "Betrifft: Chat");
		has(pages[i], "Wird beobachtet");
		has(pages[i], "26. Nov. 2026");
		for (size_t k = 0; k < sizeof(english) / sizeof(english[0]);
		     k++)
			has_not(pages[i], english[k]);
	}
	has(pages[0], "Antwortet nicht, wie es sein soll.");
	has(pages[0], "1 Minute Ausfall");
	has(pages[0], "3 Dokumente sind erfasst.");
	has(pages[1], ", Dauer: 2 Minuten");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_past_goes_on_without_a_database),
		CASE(the_file_is_read_as_it_was_written),
		CASE(a_damaged_file_is_an_empty_past),
		CASE(the_oldest_periods_are_forgotten),
		CASE(an_open_incident_is_shown_and_counts),
		CASE(maintenance_is_no_trouble),
		CASE(bars_have_words),
		CASE(the_revision_tells_what_is_new),
		CASE(hostile_text_stays_text),
		CASE(the_pages_speak_german),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

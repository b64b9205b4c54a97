/*
 * The about page: what it says follows the configuration, and no value of the
 * configuration becomes markup.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "ops/about.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HOSTILE "</title><script>alert('x')</script>&\"\\"
#define ESCAPED                                                         \
	"&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" \
	"&amp;&quot;\\"

struct fixture {
	struct arena arena;
	struct conf conf;
	struct buf out;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 20);
	buf_init(&f.out, &f.arena, 64 * 1024);
	f.conf.server = (struct conf_server){
		.name = "Acme",
		.operator_name = "",
		.contact_email = "",
		.privacy_note = "",
	};
	f.conf.providers[0] = (struct conf_provider){
		.name = "extract", .kind = CONF_PROVIDER_EXTRACT};
	f.conf.providers[1] = (struct conf_provider){
		.name = "alpha", .kind = CONF_PROVIDER_OPENAI};
	f.conf.providers[2] = (struct conf_provider){
		.name = "beta", .kind = CONF_PROVIDER_OPENAI};
	f.conf.nproviders = 3;
	f.conf.features[0] = (struct conf_feature){
		.name = "docs", .nroute = 1, .passages = 5};
	f.conf.features[0].route[0] = STR("extract");
	f.conf.nfeatures = 1;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	arena_release(&((struct fixture *)*state)->arena);
	return 0;
}

static const char *page(struct fixture *f)
{
	about_page(&f->conf, WORDS_EN, &f->out);
	assert_int_equal(buf_err(&f->out), ERR_OK);
	return buf_c(&f->out);
}

static void says(const char *html, const char *what)
{
	if (strstr(html, what) == NULL)
		fail_msg("the page does not say: %s\n%s", what, html);
}

static void hides(const char *html, const char *what)
{
	if (strstr(html, what) != NULL)
		fail_msg("the page says: %s\n%s", what, html);
}

static void test_without_providers(void **state)
{
	const char *const html = page(*state);

	says(html, "<!doctype html>");
	says(html, "<h1>About Acme</h1>");
	says(html, "<link rel=\"stylesheet\" href=\"/style.css\">");
	says(html, "quotes from the documents, written by no model");
	says(html, "Nobody: every answer is made on this server.");
	says(html, "has not given an address yet");
	hides(html, "This service is run by");
	hides(html, "searches the documents first");
	hides(html, "alpha");
	says(html, "</html>\n");
}

static void test_names_who_gets_the_text(void **state)
{
	struct fixture *const f = *state;
	struct conf_feature *const chat = &f->conf.features[1];

	*chat = (struct conf_feature){.name = "chat", .nroute = 2};
	chat->route[0] = STR("alpha/large");
	chat->route[1] = STR("extract");
	f->conf.nfeatures = 2;
	const char *const html = page(f);
	says(html, "<strong>chat</strong>: alpha (large), then quotes");
	says(html, "<strong>alpha</strong>, for chat: your messages</li>");
	hides(html, "Nobody: every answer");
	/* configured, but in no route */
	hides(html, "beta");
}

static void test_tells_of_passages(void **state)
{
	struct fixture *const f = *state;

	f->conf.features[0].route[0] = STR("beta/m");
	const char *const html = page(f);
	says(html, "<strong>docs</strong>: beta (m); searches the documents "
		   "first</li>");
	says(html, "<strong>beta</strong>, for docs: your messages, and the "
		   "passages of the documents found for them</li>");
}

static void test_tells_of_agents(void **state)
{
	struct fixture *const f = *state;
	struct conf_feature *const agent = &f->conf.features[1];
	static const struct conf_tool look = {.name = "look"};
	static const struct conf_tool order = {.name = "<order>"};

	*agent = (struct conf_feature){.name = "helper", .nroute = 1};
	agent->route[0] = STR("alpha/large");
	f->conf.nfeatures = 2;
	hides(page(f), "The tools of");
	hides(page(f), "is kept with each step");
	buf_reset(&f->out);
	agent->agent = true;
	agent->tools[0] = &look;
	agent->tools[1] = &order;
	agent->ntools = 2;
	agent->keep_runs_ms = INT64_C(3600000) * 48;
	const char *const html = page(f);
	says(html,
	     "The tools of <strong>helper</strong> (look, &lt;order&gt;): "
	     "what its model asks them for</li>");
	says(html, "What you ask <strong>helper</strong> is kept with each "
		   "step and the answer for 2 days,");
}

/* A provider that only judges, or only gets copies, reads the text, too. */
static void test_names_who_judges_and_who_gets_copies(void **state)
{
	struct fixture *const f = *state;

	f->conf.features[0].guard.moderation = STR("alpha/judge");
	f->conf.features[0].shadow = STR("beta/m");
	hides(page(f), "alpha");
	hides(page(f), "beta");
	buf_reset(&f->out);
	f->conf.guard.input = true;
	f->conf.features[0].shadow_percent = 5;
	const char *const html = page(f);
	hides(html, "Nobody: every answer");
	says(html, "<strong>alpha</strong>, to judge what is asked before it "
		   "is answered, for docs: your messages</li>");
	says(html, "<strong>beta</strong>, for 5 % of what is asked of docs: "
		   "a copy of it");
}

static void test_tells_what_is_kept(void **state)
{
	struct fixture *const f = *state;
	struct conf_feature *const docs = &f->conf.features[0];
	static const char *const how[] = {
		[CONF_CONTENT_HASH] = "as hashes",
		[CONF_CONTENT_REDACTED] = "without what looks like private",
		[CONF_CONTENT_FULL] = "as they are",
	};

	f->conf.server.resume_keep_ms = INT64_C(300000);
	docs->content_days = 30;
	hides(page(f), "What you ask <strong>docs</strong>");
	hides(page(f), "An answer on the chat page is kept");
	docs->resume = true;
	for (int i = CONF_CONTENT_HASH; i <= CONF_CONTENT_FULL; i++) {
		docs->content = (enum conf_content)i;
		buf_reset(&f->out);
		const char *const html = page(f);
		says(html, "What you ask <strong>docs</strong> and its answers "
			   "are kept for 30 days, ");
		says(html, how[i]);
		says(html, "An answer on the chat page is kept for 5 minutes,");
	}
}

static void test_contact_and_note(void **state)
{
	struct fixture *const f = *state;

	f->conf.server.operator_name = "Acme Ltd";
	f->conf.server.contact_email = "help+ai@example.org";
	f->conf.server.privacy_note = "Logs are kept for 30 days.";
	const char *const html = page(f);
	says(html, "This service is run by Acme Ltd.");
	says(html, "<a href=\"mailto:help+ai@example.org\">"
		   "help+ai@example.org</a>");
	says(html, "<p>Logs are kept for 30 days.</p>");
}

static void test_escapes_every_value(void **state)
{
	struct fixture *const f = *state;

	f->conf.server = (struct conf_server){
		.name = HOSTILE,
		.operator_name = HOSTILE,
		.contact_email = HOSTILE,
		.privacy_note = HOSTILE,
	};
	f->conf.features[0].name = HOSTILE;
	f->conf.providers[1].name = "<b>";
	f->conf.features[0].route[0] = STR("<b>/<i>\"'&");
	const char *const html = page(f);
	hides(html, "<script");
	hides(html, "<b>");
	hides(html, "<i>");
	says(html, "<title>About · " ESCAPED "</title>");
	says(html, "<h1>About " ESCAPED "</h1>");
	says(html, "This service is run by " ESCAPED ". ");
	says(html, "<p>" ESCAPED "</p>");
	says(html, "<strong>" ESCAPED "</strong>");
	says(html, "&lt;b&gt; (&lt;i&gt;&quot;&#39;&amp;)");
	says(html, "href=\"mailto:%3C%2Ftitle%3E%3Cscript%3Ealert%28%27x%27"
		   "%29%3C%2Fscript%3E%26%22%5C\">");
}

static void test_page_too_large(void **state)
{
	struct fixture *const f = *state;

	buf_init(&f->out, &f->arena, 100);
	about_page(&f->conf, WORDS_EN, &f->out);
	assert_int_equal(buf_err(&f->out), ERR_TOO_LARGE);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_without_providers),
		CASE(test_names_who_gets_the_text),
		CASE(test_tells_of_passages),
		CASE(test_tells_of_agents),
		CASE(test_names_who_judges_and_who_gets_copies),
		CASE(test_tells_what_is_kept),
		CASE(test_contact_and_note),
		CASE(test_escapes_every_value),
		CASE(test_page_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

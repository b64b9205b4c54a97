/*
 * Server-sent events as the providers send them.  The adapters call it with
 * what llm/upstream delivers.  Lines end in CR, LF or CRLF; a cut between CR
 * and LF must not make two lines of one, nor a cut anywhere else change what
 * comes out.
 */
#include "llm/sse.h"

#include "base/arena.h"

#include <string.h>

static const char bom[] = "\xEF\xBB\xBF";
#define BOM_BYTES (sizeof(bom) - 1)

void sse_init(struct sse *s, struct arena *a,
	      void (*event)(void *arg, struct str name, struct str data),
	      void *arg)
{
	memset(s, 0, sizeof(*s));
	s->event = event;
	s->arg = arg;
	buf_init(&s->line, a, SSE_MAX_BYTES);
	buf_init(&s->data, a, SSE_MAX_BYTES);
	buf_init(&s->name, a, SSE_MAX_NAME_BYTES);
}

/* Put the borrowed data line where it survives the end of this feed. */
static void keep_whole(struct sse *s)
{
	buf_add_str(&s->data, s->whole);
	s->whole = STR_NONE;
}

static bool over_ceiling(struct sse *s)
{
	s->failed = s->failed || buf_err(&s->line) != ERR_OK ||
		    buf_err(&s->data) != ERR_OK || buf_err(&s->name) != ERR_OK;
	return s->failed;
}

static void dispatch(struct sse *s)
{
	const struct str name = buf_str(&s->name);
	const struct str data = s->data.n > 0 ? buf_str(&s->data) : s->whole;

	if (over_ceiling(s))
		return;
	if (s->has_data)
		s->event(s->arg, name, data);
	s->has_data = false;
	s->whole = STR_NONE;
	buf_reset(&s->data);
	buf_reset(&s->name);
}

static void add_data(struct sse *s, struct str value, bool borrowed)
{
	if (!s->has_data && borrowed) {
		s->whole = value;
	} else {
		keep_whole(s);
		if (s->has_data)
			buf_add_char(&s->data, '\n');
		buf_add_str(&s->data, value);
	}
	s->has_data = true;
}

/* Almost every line is data; str_cut() would do the same. */
static void cut_field(struct str line, struct str *name, struct str *value)
{
	if (str_starts(line, STR("data:"))) {
		*name = (struct str){line.p, 4};
		*value = (struct str){line.p + 5, line.n - 5};
	} else {
		(void)str_cut(line, ':', name, value);
	}
	if (value->n > 0 && value->p[0] == ' ')
		*value = (struct str){value->p + 1, value->n - 1};
}

/* borrowed: the line lies in the fed bytes, not in s->line. */
static void handle_field(struct sse *s, struct str line, bool borrowed)
{
	struct str name = STR_NONE;
	struct str value = STR_NONE;

	cut_field(line, &name, &value);
	const bool is_data = str_eq_c(name, "data");
	const bool is_event = str_eq_c(name, "event");
	if (is_data || is_event || name.n == 0 || str_eq_c(name, "id") ||
	    str_eq_c(name, "retry"))
		s->nfields++;
	if (is_data)
		add_data(s, value, borrowed);
	if (is_event) {
		buf_reset(&s->name);
		buf_add_str(&s->name, value);
	}
}

/* Length of the line at p; n when its end is not in there. */
static size_t line_length(const char *p, size_t n)
{
	const char *const lf = memchr(p, '\n', n);
	const size_t max = lf != NULL ? (size_t)(lf - p) : n;
	const char *const cr = memchr(p, '\r', max);

	return cr != NULL ? (size_t)(cr - p) : max;
}

/*
 * Take one line, or its beginning, from the front of in.  Returns how many
 * bytes were taken.
 */
static size_t take_line(struct sse *s, struct str in)
{
	const size_t n = line_length(in.p, in.n);
	const bool cut = n == in.n;
	const bool borrowed = !cut && s->line.n == 0;
	struct str line = {in.p, n};

	s->after_cr = false;
	if (!borrowed) {
		buf_add(&s->line, in.p, n);
		line = buf_str(&s->line);
	}
	s->failed = s->failed || n > SSE_MAX_BYTES;
	if (over_ceiling(s) || cut)
		return in.n;
	if (line.n == 0)
		dispatch(s);
	else
		handle_field(s, line, borrowed);
	buf_reset(&s->line);
	s->after_cr = in.p[n] == '\r';
	return n + 1;
}

/* Drop a byte order mark at the start, however it is cut. */
static struct str skip_bom(struct sse *s, struct str in)
{
	while (!s->started && in.n > 0) {
		if (in.p[0] != bom[s->bom_seen]) {
			/* it was none: its first bytes belong to a line */
			buf_add(&s->line, bom, s->bom_seen);
			s->started = true;
			break;
		}
		in = (struct str){in.p + 1, in.n - 1};
		s->started = ++s->bom_seen == BOM_BYTES;
	}
	return in;
}

enum err sse_feed(struct sse *s, struct str in)
{
	in = skip_bom(s, in);
	while (in.n > 0 && !s->failed) {
		size_t n = 1;
		if (s->after_cr && in.p[0] == '\n')
			s->after_cr = false;
		else
			n = take_line(s, in);
		in = (struct str){in.p + n, in.n - n};
	}
	keep_whole(s);
	return over_ceiling(s) ? ERR_TOO_LARGE : ERR_OK;
}

void sse_finish(struct sse *s)
{
	if (over_ceiling(s))
		return;
	if (s->line.n > 0)
		handle_field(s, buf_str(&s->line), false);
	dispatch(s);
	s->failed = true;
}

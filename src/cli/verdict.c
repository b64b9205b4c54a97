/*
 * What the checks of `slipway smoke` and `slipway preflight` found: a line for
 * each, and the same for their reports.
 */
#include "cli/verdict.h"

#include "cli/cli.h"
#include "json/json.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_BYTES ((size_t)4096)

void verdict_note(struct verdicts *v, const char *check, enum verdict verdict,
		  const char *fmt, ...)
{
	char *const text = arena_alloc(v->arena, TEXT_BYTES);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, TEXT_BYTES, fmt, args);
	va_end(args);
	v->count[verdict]++;
	if (v->n < VERDICT_MAX_LINES)
		v->lines[v->n++] = (struct verdict_line){check, verdict, text};
	(void)printf("%s %s%s", v->words[verdict], check,
		     text[0] != '\0' ? ": " : "");
	cli_print(str_from(text), false);
	(void)printf("\n");
	(void)fflush(stdout);
}

/* "A1 no-session" is row and name, "chat" a name. */
static void write_name(struct jw *w, const char *check)
{
	struct str row;
	struct str name;

	if (str_cut(str_from(check), ' ', &row, &name)) {
		jw_str(w, "row", row);
		jw_str(w, "name", name);
	} else {
		jw_str(w, "name", row);
	}
}

void verdict_write(const struct verdicts *v, struct jw *w)
{
	static const char *const words[] = {"ok", "failed", "warning",
					    "skipped"};

	jw_bool(w, "ok", v->count[VERDICT_FAIL] == 0);
	jw_int(w, "passed", (int64_t)v->count[VERDICT_PASS]);
	jw_int(w, "failed", (int64_t)v->count[VERDICT_FAIL]);
	if (v->count[VERDICT_WARN] > 0)
		jw_int(w, "warned", (int64_t)v->count[VERDICT_WARN]);
	jw_int(w, "skipped", (int64_t)v->count[VERDICT_SKIP]);
	jw_open_array(w, "checks");
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict_line *const l = &v->lines[i];
		jw_open_object(w, NULL);
		write_name(w, l->check);
		jw_c(w, "result", words[l->verdict]);
		jw_c(w, "detail", l->text);
		jw_close(w);
	}
	jw_close(w);
}

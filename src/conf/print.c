/*
 * The configuration as text: with its values for `slipway config`, and as
 * tables for the documentation.  Both come from the tables of settings, so
 * neither can go stale.
 */
#include "conf/conf.h"
#include "conf/table.h"

#include <string.h>

#define MAX_LINE_BYTES 78

/* "# text", broken at spaces. */
static void put_comment(struct buf *out, struct str text)
{
	while (text.n > 0) {
		size_t n = text.n;
		if (n > MAX_LINE_BYTES - 2) {
			n = MAX_LINE_BYTES - 2;
			while (n > 0 && text.p[n] != ' ')
				n--;
			n = n > 0 ? n : text.n;
		}
		buf_addf(out, "# " STR_FMT "\n", (int)n, text.p);
		text.p += n;
		text.n -= n;
		if (text.n > 0) {
			text.p++; /* the space */
			text.n--;
		}
	}
}

/* The struct conf_secret that belongs to a setting of block b. */
static const struct conf_secret *secret_of(const struct conf *c,
					   const struct conf_block *b,
					   const struct conf_setting *s)
{
	const void *base = (const char *)c + b->section->offset;

	if (b->section->named)
		base = conf_provider(c, str_from(b->name));
	return base != NULL ? (const void *)((const char *)base + s->offset)
			    : NULL;
}

static void put_setting(const struct conf *c, const struct conf_block *b,
			size_t i, struct buf *out)
{
	const struct conf_setting *const s = &b->section->settings[i];
	const char *const given = b->given[i].text;
	const char *const fallback = s->fallback != NULL ? s->fallback : "";
	const char *const text = given != NULL ? given : fallback;

	put_comment(out, str_from(s->help));
	if (given != NULL && fallback[0] != '\0')
		buf_addf(out, "# default: %s\n", fallback);
	if (s->type == CONF_SECRET) {
		const struct conf_secret *const secret = secret_of(c, b, s);
		const bool set = secret != NULL && secret->secret_p != NULL;
		buf_addf(out, "# secret: %s\n", set ? "(set)" : "(not set)");
	}
	buf_addf(out, "%s%s =%s%s\n", given != NULL ? "" : "#", s->key,
		 text[0] != '\0' ? " " : "", text);
}

static void put_block(const struct conf *c, const struct conf_block *b,
		      struct buf *out)
{
	buf_addf(out, "[%s%s%s]\n", b->section->name,
		 b->section->named ? " " : "", b->name);
	for (size_t i = 0; i < b->section->nsettings; i++)
		put_setting(c, b, i, out);
}

void conf_print(const struct conf *c, struct buf *out)
{
	for (size_t i = 0; i < CONF_NSECTIONS; i++) {
		bool first = true;
		buf_add_c(out, i > 0 ? "\n" : "");
		put_comment(out, str_from(conf_sections[i].help));
		for (const struct conf_block *b = c->blocks; b != NULL;
		     b = b->next) {
			if (b->section != &conf_sections[i])
				continue;
			buf_add_c(out, first ? "" : "\n");
			put_block(c, b, out);
			first = false;
		}
	}
}

/* A cell of a Markdown table: a bar would end it. */
static void put_cell(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '|' || *p == '\\' || *p == '<')
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
}

/* Code in a cell: only a bar needs care. */
static void put_code(struct buf *out, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_add_char(out, '`');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '|')
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
	buf_add_char(out, '`');
}

static void put_row(const struct conf_setting *s, struct buf *out)
{
	buf_add_c(out, "| ");
	put_code(out, s->key);
	buf_add_c(out, " | ");
	if (s->fallback == NULL)
		buf_add_c(out, "(must be given)");
	else
		put_code(out, s->fallback);
	buf_add_c(out, " | ");
	put_cell(out, s->help);
	buf_add_c(out, " |\n");
}

void conf_print_markdown(struct buf *out)
{
	for (size_t i = 0; i < CONF_NSECTIONS; i++) {
		const struct conf_section *const s = &conf_sections[i];
		buf_addf(out, "%s### `[%s%s]`\n\n", i > 0 ? "\n" : "", s->name,
			 s->named ? " NAME" : "");
		put_cell(out, s->help);
		buf_add_char(out, '\n');
		if (s->nsettings > 0)
			buf_add_c(out, "\n| setting | default | meaning |\n"
				       "| --- | --- | --- |\n");
		for (size_t j = 0; j < s->nsettings; j++)
			put_row(&s->settings[j], out);
	}
}

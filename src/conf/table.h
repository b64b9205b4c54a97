#ifndef SLIPWAY_CONF_TABLE_H
#define SLIPWAY_CONF_TABLE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The settings as data: what conf_load() accepts, fills in and prints.  For
 * the files of src/conf only.
 */

#define CONF_MAX_SETTINGS 32 /* of one section */

/* How the text of a setting is read, and into what. */
enum conf_type {
	CONF_TEXT,     /* const char * */
	CONF_URL,      /* const char *; http or https, no slash at the end */
	CONF_ORIGINS,  /* const char *; with a blank between two */
	CONF_PATH,     /* const char *; made absolute */
	CONF_NUMBER,   /* int64_t */
	CONF_DURATION, /* int64_t, ms; with a unit */
	CONF_MS,       /* int64_t, ms; a bare number will do */
	CONF_SIZE,     /* int64_t, bytes */
	CONF_USD,      /* int64_t, pico-dollars */
	CONF_SWITCH,   /* bool */
	CONF_LEVEL,    /* enum log_level */
	CONF_KIND,     /* enum conf_provider_kind */
	CONF_PRICE,    /* bool: free */
	CONF_SMTP,     /* enum conf_smtp_security */
	CONF_SHARE,    /* int64_t, parts per million; in percent */
	CONF_SIGNUP,   /* enum conf_signup */
	CONF_SECRET,   /* struct conf_secret; read by secret.c */
	CONF_SPECIAL   /* read by feature.c, guard.c, tool.c; or not used */
};

struct conf_setting {
	const char *key;
	enum conf_type type;
	size_t offset; /* in the section's struct */
	int64_t min;   /* of numbers, durations and sizes */
	int64_t max;
	const char *fallback; /* text of the default; NULL: must be given */
	const char *help;
};

struct conf_section {
	const char *name;
	bool named;    /* [name NAME], may stand there several times */
	size_t offset; /* of its struct in struct conf; unless named */
	const struct conf_setting *settings;
	size_t nsettings;
	const char *help;
};

/* A setting as it stands in the file. */
struct conf_given {
	const char *text; /* NULL: it does not */
	int line;
};

/*
 * A section as it stands in the file, all its parts together.  given[i]
 * belongs to section->settings[i].
 */
struct conf_block {
	struct conf_block *next; /* in the order of appearance */
	const struct conf_section *section;
	const char *name; /* of [provider NAME]; "" when not named */
	int line;         /* 0: not in the file */
	struct conf_given given[CONF_MAX_SETTINGS];
};

#define CONF_HOUR_MS INT64_C(3600000)
#define CONF_DAY_MS  (24 * CONF_HOUR_MS)

/* The settings of [alerts]; those of the others are in table.c. */
#define CONF_NALERTS 24
extern const struct conf_setting conf_alerts[];

#define CONF_NSECTIONS 16

extern const struct conf_section conf_sections[CONF_NSECTIONS];

/* NULL when there is none of that name. */
const struct conf_section *conf_section_find(struct str name);
const struct conf_setting *conf_setting_find(const struct conf_section *s,
					     struct str key);

/* What the file says about key, which must be one of the section's. */
const struct conf_given *conf_block_given(const struct conf_block *b,
					  const char *key);

/* The same, or its default where the file says nothing. */
struct str conf_block_text(const struct conf_block *b, const char *key);

#endif

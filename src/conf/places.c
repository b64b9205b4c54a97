/*
 * Where the secrets of a configuration are, for a command that looks whether
 * they are well kept.
 */
#include "conf/places.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/secret.h"

#include <string.h>

void conf_places(const struct conf *c, struct arena *a,
		 void (*fn)(void *arg, const struct conf_place *place),
		 void *arg)
{
	const struct conf_file f = {.arena = a,
				    .path = c->path,
				    .dir = conf_file_folder(a, c->path)};

	for (const struct conf_block *b = c->blocks; b != NULL; b = b->next)
		for (size_t i = 0; i < b->section->nsettings; i++) {
			const struct conf_setting *const s =
				&b->section->settings[i];
			const char *const given = b->given[i].text;
			const size_t n = strlen(s->key);
			if (s->type != CONF_SECRET || given == NULL ||
			    given[0] == '\0')
				continue;
			const bool env =
				n > 4 && strcmp(s->key + n - 4, "_env") == 0;
			const struct conf_place place = {
				.section = b->section->name,
				.name = b->name,
				.key = s->key,
				.path = env ? NULL
					    : conf_secret_path(&f, b, s->key),
			};
			fn(arg, &place);
		}
}

#ifndef SLIPWAY_CONF_PLACES_H
#define SLIPWAY_CONF_PLACES_H

struct arena;
struct conf;

/* A secret that the configuration names. */
struct conf_place {
	const char *section;
	const char *name; /* of [provider NAME]; "" */
	const char *key;
	const char *path; /* its file; NULL: an environment variable */
};

/*
 * Call fn for each of them, in the order of the file.  c comes from
 * conf_load().
 */
void conf_places(const struct conf *c, struct arena *a,
		 void (*fn)(void *arg, const struct conf_place *place),
		 void *arg);

#endif

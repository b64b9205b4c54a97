/*
 * Does a request belong to a route, by its path and its method?
 */
#include "http/route.h"

#include "http/worker.h"

bool route_matches(const struct route *route, struct str path)
{
	if (route->paths[0] == NULL)
		return true;
	for (size_t i = 0; i < ROUTE_MAX_PATHS && route->paths[i] != NULL; i++)
		if (str_eq_c(path, route->paths[i]))
			return true;
	return false;
}

bool route_allows(const struct route *route, struct str method)
{
	struct str rest = str_from(route->methods);
	struct str name;

	while (rest.n > 0) {
		(void)str_cut(rest, ',', &name, &rest);
		if (str_eq(str_trim(name), method))
			return true;
	}
	return false;
}

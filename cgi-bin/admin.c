/*
 * /admin/api/...: the reports and switches behind the admin page, for admins.
 * What each does is in ops/admin.h.
 */
#include "ops/admin.h"
#include "http/worker.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "admin",
		.methods = "GET, HEAD, POST",
		.open = admin_open,
		.close = admin_close,
		.handle = admin_handle,
	};

	return worker_main(&route, argc, argv);
}

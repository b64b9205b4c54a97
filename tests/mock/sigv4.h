#ifndef SLIPWAY_TESTS_MOCK_SIGV4_H
#define SLIPWAY_TESTS_MOCK_SIGV4_H

#include "call.h"

/* The keys that the mock knows. */
#define SIGV4_ACCESS_KEY "AKIDMOCKPROVIDER"
#define SIGV4_SECRET_KEY "mock/Secret+Access=Key"

/*
 * Is the request of c signed with the keys above (AWS Signature Version 4,
 * service bedrock), headers and body included?  An API key in a bearer token
 * is permission as well.
 */
bool sigv4_permits(const struct call *c);

#endif

#ifndef SLIPWAY_BASE_CONTAINER_H
#define SLIPWAY_BASE_CONTAINER_H

#include <stddef.h>

/*
 * The struct of that type whose member is at ptr: how a callback that was
 * given an embedded watch, timer, task or sink finds its owner.
 */
#define CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif

#ifndef SLIPWAY_LLM_SHADOW_H
#define SLIPWAY_LLM_SHADOW_H

struct call;

/*
 * Shadow traffic: some requests of a feature go to another model, too, once
 * they are answered, to see what it would cost and how fast it is.  The same
 * request through the same pipeline and guards, charged to the user
 * shadow-FEATURE with its own daily cap; the answer is thrown away.
 *
 * Call it for a call that was answered, before its request ends.  Does nothing
 * under plain CGI, where the client would wait for it.  Loop thread; never
 * blocks.
 */
void shadow_maybe(const struct call *c);

#endif

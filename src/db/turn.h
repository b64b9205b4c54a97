#ifndef SLIPWAY_DB_TURN_H
#define SLIPWAY_DB_TURN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A chore that is due every so often on a host, whoever does it: for processes
 * that live for one request and remember nothing.
 *
 * state_dir  [server] state_dir; the time of STATE_DIR/NAME is that of the last
 *            turn
 *
 * Returns whether it is this process's turn: nobody took one within every_ms,
 * or that cannot be told.
 */
bool turn_take(const char *state_dir, const char *name, int64_t every_ms);

#endif

#ifndef SLIPWAY_CLI_EVAL_H
#define SLIPWAY_CLI_EVAL_H

#include "cli/cli.h"

/* `slipway eval from-feedback`; eval_draft.c. */
enum cli_exit cli_eval_draft(struct cli *cli, int argc, char **argv);

/* `slipway report evals`; eval_past.c. */
enum cli_exit cli_eval_past(struct cli *cli, int argc, char **argv);

#endif

#ifndef SLIPWAY_CLI_COMMANDS_H
#define SLIPWAY_CLI_COMMANDS_H

#include "cli/cli.h"

/*
 * The subcommands, one file each; struct cli_command says what run() gets.
 * Each prints its result to stdout and what went wrong to stderr.
 */
enum cli_exit cli_migrate(struct cli *cli, int argc, char **argv);
enum cli_exit cli_config(struct cli *cli, int argc, char **argv);
enum cli_exit cli_tenant(struct cli *cli, int argc, char **argv);
enum cli_exit cli_user(struct cli *cli, int argc, char **argv);
enum cli_exit cli_key(struct cli *cli, int argc, char **argv);
enum cli_exit cli_invite(struct cli *cli, int argc, char **argv);
enum cli_exit cli_waitlist(struct cli *cli, int argc, char **argv);
enum cli_exit cli_cap(struct cli *cli, int argc, char **argv);
enum cli_exit cli_pause(struct cli *cli, int argc, char **argv);
enum cli_exit cli_resume(struct cli *cli, int argc, char **argv);
enum cli_exit cli_drill(struct cli *cli, int argc, char **argv);
enum cli_exit cli_prices(struct cli *cli, int argc, char **argv);
enum cli_exit cli_janitor(struct cli *cli, int argc, char **argv);
enum cli_exit cli_ingest(struct cli *cli, int argc, char **argv);
enum cli_exit cli_report(struct cli *cli, int argc, char **argv);
enum cli_exit cli_alerts(struct cli *cli, int argc, char **argv);
enum cli_exit cli_incident(struct cli *cli, int argc, char **argv);
enum cli_exit cli_replay(struct cli *cli, int argc, char **argv);
enum cli_exit cli_traces(struct cli *cli, int argc, char **argv);
enum cli_exit cli_demo(struct cli *cli, int argc, char **argv);
enum cli_exit cli_privacy(struct cli *cli, int argc, char **argv);
enum cli_exit cli_eval(struct cli *cli, int argc, char **argv);
enum cli_exit cli_smoke(struct cli *cli, int argc, char **argv);
enum cli_exit cli_preflight(struct cli *cli, int argc, char **argv);
enum cli_exit cli_probe(struct cli *cli, int argc, char **argv);

#endif

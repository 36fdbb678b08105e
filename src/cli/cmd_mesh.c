/* SPDX-License-Identifier: Apache-2.0 */
/* `relief mesh`: one photo to a named file; the work is that of `relief PHOTO`. */
#include "report.h"

int rl_cli_mesh(rl_cli *cli) {
    if (cli->options.inputs.count != 1)
        return rl_cli_usage(cli, "name one photo (relief mesh PHOTO -o FILE)");
    if (!cli->options.output)
        return rl_cli_usage(cli, "no output is named (relief mesh PHOTO -o FILE)");
    return rl_cli_convert(cli);
}

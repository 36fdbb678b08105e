# SPDX-License-Identifier: Apache-2.0
"$RELIEF" --version
"$RELIEF" --version --json | python3 -c 'import json, sys; json.load(sys.stdin)["version"]'

# SPDX-License-Identifier: Apache-2.0
# Networks that somebody means harm with: each is refused in one line, soon, and in little memory.
. "$SOURCE/tests/cli/expect.inc"
mkdir networks
python3 "$SOURCE/tests/cli/hostile.py" networks
python3 - <<'PYTHON'
import struct
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 8, 8), }".ljust(117) + "\n"
open("x.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + head.encode() + bytes(768))
PYTHON
# The program alone takes more than half of this limit; sanitizers take more than can be limited.
limit=900000
[ -z "$SANITIZED" ] || limit=unlimited
ulimit -v $limit
tried=0
for network in networks/*.onnx; do
    code=0
    timeout 60 "$RELIEF" model run "$network" --input x.npy -o y.npy --threads 2 --quiet >out 2>err || code=$?
    case $code in
        2 | 3 | 4) ;;
        *) say "$network: exit code $code: $(cat err)" ;;
    esac
    [ "$(wc -l <err)" = 1 ] || say "$network: not one line: $(cat err)"
    grep -q "^relief: $network: " err || say "$network: which network it is stands nowhere: $(cat err)"
    [ ! -e y.npy ] || say "$network: gives something"
    # As a network for a photo, and to be looked at.
    code=0
    timeout 60 "$RELIEF" model info "$network" >out 2>err || code=$?
    [ "$code" -lt 5 ] && [ "$(wc -l <err)" -le 1 ] || say "$network: info ends with $code: $(cat err)"
    tried=$((tried + 1))
done
no_leftovers
[ "$tried" -ge 25 ] || say "only $tried networks"

# SPDX-License-Identifier: Apache-2.0
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
mandoc -Tlint -W warning "$SOURCE/docs/relief.1"

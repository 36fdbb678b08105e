# SPDX-License-Identifier: Apache-2.0
# Folders to folders: what is an input, what outputs are called, and what a second run does.
. "$SOURCE/tests/cli/expect.inc"
depth() { "$RELIEF" depth --model "$DATA/described.onnx" "$@"; }
# names FOLDER: its files, one a line.
names() { (cd "$1" && find . -type f ! -name '.relief.*' | sort | cut -c3-); }
# same_names FOLDER NAME...
same_names() {
    folder=$1
    shift
    printf '%s\n' "$@" | sort >.wanted
    names "$folder" | diff .wanted - >&2 || say "not the names in $folder"
    rm .wanted
}
mkdir -p in/b/deep in/.git
cp "$DATA/photo.png" in/a.jpg # what a file is, its content says
for name in a.png a.x.png b/a.png b/deep/c.png; do cp "$DATA/wide.png" in/$name; done
cp "$DATA/photo.png" in/.hidden.png
cp "$DATA/photo.png" in/.git/d.png
echo words >in/notes.txt
ln -s .. in/b/deep/loop
ln -s b in/alias

# A folder without and with the folders in it. a.jpg comes first and gets the short name.
depth in -o flat 2>said
same_names flat a.png a.png.png a.x.png
grep -q '3 made.*left out: 2 hidden, 1 no pictures' said || say "$(cat said)"
depth in --recursive -o out/maps 2>said >lines
same_names out/maps a.png a.png.png a.x.png alias/a.png alias/deep/c.png
grep -q '5 made' said || say "$(cat said)"
[ "$(wc -l <lines)" = 5 ] || say "$(cat lines)"
cmp flat/a.png out/maps/a.png
no_leftovers out/maps

# The same inputs from a pattern, and from lists; a name that comes twice counts once.
# What the pattern says of folders lies beside its files, and a third a.png is told apart by its path.
depth 'in/*' -o glob 2>said
grep -q '4 made.*left out: 1 no pictures, 1 named twice' said || say "$(cat said)"
[ "$(names glob | sed 's/-[0-9a-f]\{16\}/-HASH/' | tr '\n' ' ')" = 'a.png a.png-HASH.png a.png.png a.x.png ' ] ||
    say "$(names glob)"
printf 'in/a.png\r\nin/a.jpg\n\nin/a.jpg\n' | depth - -o list 2>said
same_names list a.png a.png.png
grep -q 'left out: 1 named twice' said || say "$(cat said)"
printf 'in/a.png\0in/a.jpg\0' | depth -0 -o nul -q
same_names nul a.png a.png.png
for folder in list nul; do
    cmp flat/a.png $folder/a.png
    cmp flat/a.png.png $folder/a.png.png
done

# A second run makes nothing; a new input, a changed one and other settings are made, and names stay.
cat out/maps/.relief.index >index.before
depth in --recursive -o out/maps 2>said >lines
[ ! -s lines ] || say "$(cat lines)"
grep -q '^relief: 0 made, 5 up to date' said || say "$(cat said)"
cmp index.before out/maps/.relief.index
cp "$DATA/wide.png" in/a.gif
cp "$DATA/wide.png" in/a.jpg
depth in --recursive -o out/maps 2>said >lines
grep -q '^relief: 2 made, 4 up to date' said || say "$(cat said)"
same_names out/maps a.png a.png.png a.gif.png a.x.png alias/a.png alias/deep/c.png
cmp out/maps/a.png out/maps/a.gif.png
depth in --recursive -o out/maps --size 40x30 -q --json >lines
[ "$(grep -c '"width":40,"height":30' lines)" = 6 ] || say "$(cat lines)"
rm out/maps/a.x.png
: >out/maps/a.png
depth in --recursive -o out/maps --size 40x30 2>said >lines
grep -q '^relief: 2 made, 4 up to date' said || say "$(cat said)"
depth in --recursive -o out/maps --size 40x30 --force 2>said >lines
grep -q '^relief: 6 made' said || say "$(cat said)"
# Another format is another output of the same name.
depth in --recursive -o out/maps --size 40x30 --format pfm,png16 2>said >lines
grep -q '^relief: 6 made' said || say "$(cat said)"
[ "$(names out/maps | grep -c 'pfm$')" = 6 ]
[ -s out/maps/a.pfm ] && [ -s out/maps/a.png.pfm ]
depth in --recursive -o out/maps --size 40x30 2>said >lines
grep -q '^relief: 0 made, 6 up to date' said || say "$(cat said)"

# Outputs in the input's own folder are no inputs of the next run, nor is an output folder in the tree.
mkdir own
cp "$DATA/photo.png" own/p.jpg
depth own -o own -q
depth own -o own 2>said
grep -q '^relief: 0 made, 1 up to date.*1 made by relief' said || say "$(cat said)"
depth own/p.jpg own/p.png -o own 2>said
grep -q '^relief: 0 made, 1 up to date.*1 made by relief' said || say "$(cat said)"
same_names own p.jpg p.png
depth own --recursive -o own/maps 2>said >lines
grep -q '^relief: 1 made.*1 made by relief' said || say "$(cat said)"
depth own --recursive -o own/maps 2>said >lines
grep -q '^relief: 0 made, 1 up to date.*1 made by relief, 1 output folder' said || say "$(cat said)"

# No output replaces an input, by whatever name; nothing is begun.
mkdir both
cp "$DATA/photo.png" both/p.jpg
cp "$DATA/photo.png" both/p.png
fails 2 depth both -o both
says "*would replace an input*"
ln -s "$PWD/both/p.jpg" flat/q.png
cp "$DATA/photo.png" both/q.jpg
fails 2 depth both -o flat --force
says "*would replace an input*"
cmp both/p.png "$DATA/photo.png"
# Nor a file of somebody else's, without --force.
mkdir foreign
cp "$DATA/wide.png" foreign/p.png
fails 2 depth both/p.jpg -o foreign
cmp foreign/p.png "$DATA/wide.png"
depth both/p.jpg -o foreign --force -q
cmp foreign/p.png own/p.png

# Shards: each input is one's, whatever the machine; outputs always keep the whole name.
for k in 1 2 3; do depth in --recursive -o shards --shard $k/3 --size 40x30 -q; done
same_names shards a.gif.png a.jpg.png a.png.png a.x.png.png alias/a.png.png alias/deep/c.png.png
[ "$(cat shards/.relief.*-of-3.index | grep -c '	')" = 6 ]
SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_COUNT=3 \
    depth in --recursive -o shards --shard auto --size 40x30 2>said >lines
grep -q '^relief: 0 made.*of other shards' said || say "$(cat said)"
[ ! -s lines ]
JOB_COMPLETION_INDEX=0 JOB_COMPLETION_COUNT=1 depth in --recursive -o shards --shard auto --size 40x30 2>said >lines
grep -q '^relief: 0 made, 6 up to date' said || say "$(cat said)"
fails 2 depth in -o shards --shard auto
fails 2 depth in -o shards --shard 4/3
JOB_COMPLETION_INDEX=1 fails 2 depth in -o shards --shard auto
says "*JOB_COMPLETION_COUNT*"

# What makes no sense.
fails 3 depth in -o a.png
fails 2 depth in -o flat --format png16,png8
fails 2 depth in -o flat --format jpg
fails 2 depth in -o flat --format exr --range fixed:1:2
fails 2 depth in -o flat --range fixed:2:1
fails 2 depth in -o flat --range percentile:50
fails 2 depth in -o flat --colour-map turbo
fails 2 depth in -o flat --memory lots
fails 3 depth in/b/deep/nothing-* -o flat
mkdir empty
fails 3 depth empty -o flat

# A kept name does not take what another input has: a new format of the one would be a file of the other.
mkdir kin
cp "$DATA/photo.png" kin/a.png
cp "$DATA/wide.png" kin/a-preview.png
depth kin -o kept --format png16 -q
same_names kept a.png a-preview.png
cp kept/a-preview.png other.png
depth kin -o kept --format png16,preview -q
cmp kept/a-preview.png other.png || say "one input's map was replaced by another's preview: $(names kept)"
depth kin -o kept --format png16,preview 2>said
grep -q '^relief: 0 made, 2 up to date' said || say "$(cat said)"

# Inputs of other shards are inputs as well.
mkdir shared
cp "$DATA/photo.png" shared/p.png
cp "$DATA/wide.png" shared/p.png.png
for k in 1 2; do
    code=0
    depth shared -o shared --shard $k/2 --force -q 2>said || code=$?
    [ $code = 0 ] || says_input=yes
    cmp shared/p.png.png "$DATA/wide.png" || say "shard $k replaced an input"
done
[ "${says_input-}" = yes ] || say "no shard refused to replace an input"

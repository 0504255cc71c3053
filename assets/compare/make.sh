#!/bin/sh
# Draws every view of a comparison in both themes, and each of them as people without green cones
# (deuteranopia) and without red ones (protanopia) see it: gains and losses have to stay apart.
#   assets/compare/make.sh FOLDER [RVIEW]
#     FOLDER   where to write
#     RVIEW    the program, without this target/release/rview
# Needs ImageMagick.
set -eu
[ $# -ge 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$1
rview=${2:-$root/target/release/rview}
if command -v magick >/dev/null; then convert=magick; else convert=convert; fi
command -v "$convert" >/dev/null || { echo "ImageMagick is needed" >&2; exit 1; }
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Machado, Oliveira and Fernandes (2009), for full severity; in linear light.
deuteranopia='0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.011820 0.042940 0.968881'
protanopia='0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998'
simulate() { # PICTURE
  for eyes in deuteranopia protanopia; do
    eval "matrix=\$$eyes"
    "$convert" "$1" -colorspace RGB -color-matrix "$matrix" -colorspace sRGB "${1%.png}-$eyes.png"
  done
}
draw() { # NAME A B OPTION...
  name=$1 a=$2 b=$3
  shift 3
  for theme in dark light; do
    "$rview" render "$a" "$b" --diff --theme "$theme" "$@" -o "$out/$name-$theme.png"
    simulate "$out/$name-$theme.png"
  done
}

# Ninety slices of a file each: one got slower, one faster, one is gone and one is new.
slices() { # SLOW FAST FIRST
  awk -v slow="$1" -v fast="$2" -v first="$3" 'BEGIN {
    printf "["
    for (i = first; i < first + 90; i++) {
      us = 400 + (i * 37) % 90
      if (i == 20) us = slow
      if (i == 50) us = fast
      printf "%s{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%d,\"dur\":%d,\"name\":\"load\",\"args\":{\"file\":\"page %d\"}}",
        i == first ? "" : ",", 1 + i % 2, i * 1000, us, i
    }
    printf "]"
  }'
}
slices 420 900 0 >"$scratch/before.json"
slices 860 410 1 >"$scratch/after.json"

before=$here/before.pb.gz after=$here/after.pb.gz
for view in delta diff-flame side-by-side sandwich-diff; do
  draw "$view" "$before" "$after" --view "$view" --pick main.fold
done
draw source-diff "$before" "$after" --view source-diff --pick main.fold --source-dir "$here"
draw timelines "$scratch/before.json" "$scratch/after.json" --view timelines --pick load
draw slice-diff "$scratch/before.json" "$scratch/after.json" --view slice-diff

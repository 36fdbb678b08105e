#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build the libraries that go into a bundle from Debian's own sources, without what relief never uses: libraries.sh FOLDER
# FOLDER/stage/usr gets them; FOLDER/source keeps the sources, and FOLDER/libraries.txt tells name, version, options.
#
# Debian's libvips reads dozens of formats and brings 110 libraries; relief reads eight. The rest would be 35 MB more
# to download, and code that faces strangers' files for nothing. Debian's patches, security fixes among them, are applied.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
stage=$folder/stage
stamp=$(sha256sum "$tools/libraries.sh" | cut -d ' ' -f 1)
[ "$(cat "$folder/libraries.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

# ------------------------------------------------------------------ sources

# A list of sources beside the system's own, which usually names binary packages alone; apt checks the signatures.
. /etc/os-release
key=/usr/share/keyrings/debian-archive-keyring.gpg
apt=$folder/apt
rm -rf "$stage" "$folder/source" "$apt"
mkdir -p "$stage" "$folder/source" "$apt/lists/partial" "$apt/cache/archives/partial"
for suite in "debian $VERSION_CODENAME" "debian $VERSION_CODENAME-updates" \
    "debian-security $VERSION_CODENAME-security"; do
    # shellcheck disable=SC2086 # two words
    set -- $suite
    echo "deb-src [signed-by=$key] http://deb.debian.org/$1 $2 main"
done >"$apt/sources.list"
apt_get() {
    apt-get -q=2 -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}
echo "relief: fetching the sources of libheif, curl, libtiff and libvips"
cd "$folder/source"
apt_get update
apt_get source --download-only libheif curl tiff vips >/dev/null
for name in libheif curl tiff vips; do
    dpkg-source --no-check -x "$name"_*.dsc "$name" >/dev/null 2>&1
done

# ------------------------------------------------------------------ build

# Debian's flags: what reads strangers' files is hardened, and no path of this machine gets into the binaries.
flags="$(dpkg-buildflags --get CFLAGS | sed 's/-g //') $(dpkg-buildflags --get CPPFLAGS)"
export CFLAGS="$flags -ffile-prefix-map=$folder=."
export CXXFLAGS="$CFLAGS"
LDFLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now -Wl,--as-needed"
LDFLAGS="$LDFLAGS -L$stage/usr/lib -Wl,-rpath-link,$stage/usr/lib"
export LDFLAGS
export PKG_CONFIG_PATH="$stage/usr/lib/pkgconfig"
export LD_LIBRARY_PATH="$stage/usr/lib"

# Later builds look for headers here, not in /usr; the library path is in LDFLAGS, since meson makes a run path of -L.
point_here() {
    sed -i "s|^prefix=.*|prefix=$stage/usr|; s|=/usr/|=$stage/usr/|; s|-L[^ ]* ||" "$stage"/usr/lib/pkgconfig/*.pc
}
note() {
    printf '%s %s %s\n' "$1" "$(dpkg-parsechangelog -l "$1/debian/changelog" -S Version)" "$2" >>"$folder/libraries.txt"
}
by_cmake() {
    name=$1
    shift
    echo "relief: building $name"
    cmake -S "$name" -B "$name/build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX=/usr \
        -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_SKIP_RPATH=ON -DCMAKE_FIND_ROOT_PATH= "$@" >"$name.log" 2>&1 &&
        ninja -C "$name/build" >>"$name.log" 2>&1 &&
        DESTDIR=$stage ninja -C "$name/build" install >>"$name.log" 2>&1 || failed "$name"
    point_here
    note "$name" "$*"
}
failed() {
    tail -n 20 "$folder/source/$1.log" >&2
    echo "relief: $1 could not be built (see $folder/source/$1.log)" >&2
    exit 1
}

: >"$folder/libraries.txt"
# Decoders alone: for HEVC and for AV1.
by_cmake libheif -DENABLE_PLUGIN_LOADING=OFF -DWITH_EXAMPLES=OFF -DWITH_LIBDE265=ON -DWITH_DAV1D=ON -DWITH_X265=OFF \
    -DWITH_AOM_ENCODER=OFF -DWITH_AOM_DECODER=OFF -DWITH_SvtEnc=OFF -DWITH_RAV1E=OFF
# https, http and file, as relief asks for.
by_cmake curl -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DHTTP_ONLY=ON -DCURL_DISABLE_FILE=OFF -DCURL_USE_OPENSSL=ON \
    -DCURL_USE_LIBSSH2=OFF -DCURL_USE_LIBPSL=OFF -DUSE_LIBIDN2=OFF -DUSE_NGHTTP2=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF \
    -DCURL_ZLIB=OFF -DCURL_DISABLE_ALTSVC=ON -DENABLE_MANUAL=OFF -DCURL_CA_PATH=none \
    -DCURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
# Photos are not compressed by JBIG (faxes) or LERC (maps).
by_cmake tiff -Djbig=OFF -Dlerc=OFF -Dwebp=OFF -Dtiff-tools=OFF -Dtiff-tests=OFF -Dtiff-contrib=OFF -Dtiff-docs=OFF \
    -Dcxx=OFF
set -- -Ddefault_library=shared -Ddeprecated=false -Dexamples=false -Dcplusplus=false -Dintrospection=false \
    -Dmodules=disabled -Dauto_features=disabled -Dexif=enabled -Dheif=enabled -Djpeg=enabled -Djpeg-xl=enabled \
    -Dlcms=enabled -Dorc=enabled -Dpng=enabled -Dtiff=enabled -Dwebp=enabled -Dzlib=enabled -Dppm=false \
    -Danalyze=false -Dradiance=false
echo "relief: building vips"
{ meson setup vips/build vips --prefix=/usr --libdir=lib --buildtype=plain "$@" &&
    ninja -C vips/build && DESTDIR=$stage meson install -C vips/build --no-rebuild; } >vips.log 2>&1 || failed vips
point_here
note vips "$*"
echo "$stamp" >"$folder/libraries.stamp"

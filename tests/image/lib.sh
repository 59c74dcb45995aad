# lib.sh: what the steps of the test image share. Everything they make lies in the cache, under a name that holds the hash
# of all it was made from, and is made in a neighbour first: a name that is there is whole.
# shellcheck shell=bash
IMAGE_CACHE=${BORNE_IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/borne/image}
MULTIARCH=aarch64-linux-gnu
# The time of every file of the root, in seconds: the same inputs make the same image.
STAMP=1767225600
# Nor has who builds a say in what of it others may read. (Buildroot does the same, for the tree and for the overlay.)
umask 022
mkdir -p "$IMAGE_CACHE"

say() { printf 'image: %4d s  %s\n' "$SECONDS" "$*" >&2; }
die() {
  printf 'image: %s\n' "$*" >&2
  exit 1
}

# hash_of FILE...: of names relative to here and contents, for files and whole directories; ten hexadecimal digits.
hash_of() {
  local path
  for path; do
    find "$path" \( -type f -o -type l \) -printf '%p %m %l\n' | LC_ALL=C sort
    find "$path" -type f -print0 | LC_ALL=C sort -z | xargs -0r cat
  done | sha256sum | cut -c1-10
}

# an apt of its own: Debian 13, arm64, nothing of this machine's state.
arm64_apt() {
  local state=$IMAGE_CACHE/apt
  mkdir -p "$state"/{lists/partial,cache/archives/partial,none}
  : >>"$state/status"
  echo "deb [arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" >"$state/sources.list"
  apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Install-Recommends=false \
    -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts="$state/none" -o Dir::Etc::preferencesparts="$state/none" \
    -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" \
    -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
}

words() { sed 's/#.*//' "$1" | grep . || true; }

# debs LIST [WITHOUT]: prints the path of every package file that LIST needs, fetching what is not there yet. The index is
# fetched once a day, so that a day's images are made of the same packages.
debs() {
  local archives=$IMAGE_CACHE/apt/cache/archives plan name version file without
  if [[ -z $(find "$IMAGE_CACHE/apt/updated" -mmin -1440 2>/dev/null) ]]; then
    say "reading Debian 13's index"
    arm64_apt update >/dev/null && touch "$IMAGE_CACHE/apt/updated"
  fi
  # shellcheck disable=SC2046
  plan=$(arm64_apt --simulate install $(words "$1") | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1 \2/p')
  [[ -n $plan ]] || die "apt has no plan for $1"
  without=" $([[ -z ${2:-} ]] || words "$2" | tr '\n' ' ')"
  local wanted=() paths=()
  while read -r name version; do
    name=${name%%:*}
    [[ $without == *" $name "* ]] && continue
    file=$(compgen -G "$archives/${name}_${version//:/%3a}_*.deb" | head -1) || true
    [[ -n $file ]] || wanted+=("$name=$version")
    paths+=("$archives/${name}_${version//:/%3a}_")
  done <<<"$plan"
  if ((${#wanted[@]})); then
    say "fetching ${#wanted[@]} packages"
    (cd "$archives" && arm64_apt download "${wanted[@]}" >/dev/null)
  fi
  for file in "${paths[@]}"; do compgen -G "$file*.deb"; done
}

# unpack DIRECTORY: the package files on standard input, without their documentation, into a merged-/usr tree.
unpack() {
  local root=$1 name
  mkdir -p "$root"/usr/{bin,sbin,lib}
  for name in bin sbin lib; do ln -sfn usr/$name "$root/$name"; done
  while read -r file; do
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$root" --keep-directory-symlink --no-same-owner -p \
      --exclude=./usr/share/{man,doc,info,locale,lintian,bug,gtk-doc,gir-1.0,help}
  done
}

#!/usr/bin/env bash
# Carries out the Dockerfile without Docker, and then runs what it makes as a container would: as the image's user, on a
# root file system that cannot be written to. Base images are stood in for by clean roots from debootstrap, with this
# machine's Node and npm. Knows the instructions that our Dockerfile uses, and stops at any other.
set -euo pipefail

usage='Usage: sudo scripts/rehearse-image.sh [--target cpu|gpu] [--work DIR] [--build-arg NAME=VALUE]... [--cuda] [--keep]

  --target     the image to make (cpu)
  --work       where roots are made; 5 GB, 15 GB with --cuda (a folder in /var/tmp, removed at the end)
  --build-arg  as of docker build, e.g. BAKE_MODELS=needed
  --cuda       give the stand-in for the CUDA image NVIDIA'"'"'s libraries from PyPI (2 GB to fetch); without it the check
               for them is told and passed over
  --keep       leave the roots where they are, so that the next run with the same --work is faster

Needs root, Debian or Ubuntu with debootstrap, Node with npm, and 10 minutes.'

cd "$(dirname "$0")/.."
target=cpu work='' keep='' cuda=''
declare -A build_args=()
while [ $# -gt 0 ]; do
  case $1 in
    --target) target=$2; shift ;;
    --work) work=$2; shift ;;
    --build-arg) build_args[${2%%=*}]=${2#*=}; shift ;;
    --cuda) cuda=yes ;;
    --keep) keep=yes ;;
    --help) echo "$usage"; exit ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
  shift
done
[ "$(id -u)" = 0 ] || { echo 'Needs root: debootstrap and chroot do.' >&2; exit 1; }
for program in debootstrap unshare node npm; do
  command -v "$program" >/dev/null || { echo "$program is not installed." >&2; exit 1; }
done
[ -n "$work" ] || work=$(mktemp -d /var/tmp/voxbridge-image.XXXXXX)
# Base images of an earlier run are as good as new ones.
rm -rf --one-file-system "$work/stages" "$work/models" "$work/state"
mkdir -p "$work/stages" "$work/bases"
server=''
# shellcheck disable=SC2317 # Called by trap.
clean_up() {
  [ -z "$server" ] || kill -KILL "$(last_child "$server")" 2>/dev/null || true
  [ -n "$keep" ] || rm -rf --one-file-system "$work"
}
trap clean_up EXIT

say() { echo "== $*"; }

# last_child PID: the process at the end of a line of processes that each wait for the next.
last_child() {
  local pid=$1 child
  while child=$(pgrep -P "$pid" | head -n 1) && [ -n "$child" ]; do pid=$child; done
  echo "$pid"
}

# --- What the package clients of this machine are told, so that they find the same registries in there ---------------

ca_file=${NODE_EXTRA_CA_CERTS:-${SSL_CERT_FILE:-}}
client_variables=()
[ -z "$ca_file" ] || client_variables+=("NODE_EXTRA_CA_CERTS=/run/rehearsal-ca.pem" "PIP_CERT=/run/rehearsal-ca.pem")
for name in http_proxy https_proxy no_proxy npm_config_registry PIP_INDEX_URL PIP_DEFAULT_TIMEOUT; do
  [ -z "${!name:-}" ] || client_variables+=("$name=${!name}")
done

# in_root ROOT [VARIABLE=VALUE]... -- COMMAND...: runs a command in a root, with processes and devices, and with no trace left.
in_root() {
  local root=$1 variables=()
  shift
  while [ "$1" != -- ]; do variables+=("$1"); shift; done
  shift
  # shellcheck disable=SC2016 # The variables are those of the inner shell.
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    [ -z "$CA_FILE" ] || cp "$CA_FILE" "$root/run/rehearsal-ca.pem"
    cp /etc/resolv.conf "$root/run/resolv.conf"
    touch "$root/etc/resolv.conf"
    mount --bind "$root/run/resolv.conf" "$(readlink -m "$root/etc/resolv.conf")"
    exec chroot "$root" /usr/bin/env -i "$@"
  ' - "$root" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "${client_variables[@]}" "${variables[@]}" "$@"
}
export CA_FILE=$ca_file

# --- Base images ------------------------------------------------------------------------------------------------------

node_prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
npm_package=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")

add_node() {
  install -D "$node_prefix/bin/node" "$1/usr/local/bin/node"
  mkdir -p "$1/usr/local/lib/node_modules"
  cp -a "$npm_package" "$1/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
}

# The libraries that nvidia/cuda:13…-cudnn-runtime has.
cuda_packages='nvidia-cublas<14 nvidia-cuda-runtime<14 nvidia-cuda-nvrtc<14 nvidia-cufft<13 nvidia-curand<11 nvidia-cudnn-cu13<10'

add_cuda() {
  # shellcheck disable=SC2086 # Several packages are meant.
  python3 -m pip download --quiet --no-deps --no-cache-dir --only-binary=:all: --dest "$work/cuda" $cuda_packages
  local wheel
  for wheel in "$work"/cuda/*.whl; do python3 -m zipfile -e "$wheel" "$1/opt/cuda"; done
  rm -r "$work/cuda"
  (cd "$1/opt/cuda" && find . -name 'lib*.so*' -printf '/opt/cuda/%h\n' | sort -u) >"$1/etc/ld.so.conf.d/cuda.conf"
  in_root "$1" -- ldconfig
}

# base_image IMAGE: makes its stand-in, in the folder $work/bases/IMAGE.
base_image() {
  local image=$1 root=$work/bases/${1//[\/:]/_}
  [ ! -e "$root.complete" ] || return 0
  rm -rf "$root"
  case $image in
    node:*bookworm*)
      debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log"
      add_node "$root"
      ;;
    nvidia/cuda:*ubuntu24.04)
      local keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg check=(--no-check-gpg)
      [ ! -e "$keyring" ] || check=("--keyring=$keyring")
      # "gutsy" is the script for all releases since; Debian's debootstrap does not know the newer ones by name.
      debootstrap --variant=minbase --components=main,universe "${check[@]}" noble "$root" \
        http://archive.ubuntu.com/ubuntu gutsy >"$work/debootstrap.log"
      [ -z "$cuda" ] || add_cuda "$root"
      ;;
    *) echo "No stand-in is known for the image $image." >&2; return 1 ;;
  esac
  touch "$root.complete"
}

# --- The Dockerfile ---------------------------------------------------------------------------------------------------

instructions=$(sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' -e ':more' -e '/\\$/N' -e 's/\\\n[[:space:]]*/ /' -e 't more' Dockerfile)
case $instructions in *\\) echo 'The Dockerfile ends within an instruction.' >&2; exit 1 ;; esac

# The lines of a stage, its FROM first.
stage_lines() {
  awk -v stage="$1" '$1 == "FROM" { on = ($4 == stage) } on' <<<"$instructions"
}

# The context, as .dockerignore has it: nothing but what it names.
context=$work/context
rm -rf "$context" && mkdir -p "$context"
sed -n 's/^!//p' .dockerignore | while read -r path; do cp -a --parents "$path" "$context"; done
find "$context" -name '*.test.ts' -delete

# default_of NAME: the value of an ARG that stands before the first FROM.
default_of() { sed -n "s/^ARG $1=//p" <<<"$instructions" | head -n 1; }

# words JSON: the elements of ["a", "b"], one a line.
words() { node -e 'for (const word of JSON.parse(process.argv[1])) console.log(word)' "$1"; }

# copy FOLDER DIRECTORY [--from=STAGE] [--chown=USER] SOURCE... TARGET
copy() {
  local root=$1 directory=$2 from=$context owner=0:0
  shift 2
  while :; do
    case $1 in
      --from=*) from=$work/stages/${1#--from=} ;;
      --chown=*) owner=${1#--chown=} ;;
      *) break ;;
    esac
    shift
  done
  local sources=("${@:1:$#-1}") destination=${*: -1} source
  [[ $destination = /* ]] || destination=$directory/$destination
  for source in "${sources[@]}"; do
    # A folder's content goes into the target, a file goes below a target that ends in a slash.
    if [ -d "$from/$source" ]; then
      mkdir -p "$root$destination"
      cp -a "$from/$source/." "$root$destination/"
      chown -R "$owner" "$root$destination"
    else
      local file=$root$destination
      [[ $destination != */ && $destination != . && $destination != */. ]] || file=$root$destination/$(basename "$source")
      install -D -m "$(stat -c %a "$from/$source")" "$from/$source" "$file"
      chown "$owner" "$file"
    fi
  done
}

# The state of a stage at its end, which those made from it begin with.
declare -A stage_env=() stage_dir=() stage_user=() stage_command=() stage_entrypoint=() stage_health=()

make_stage() {
  local name=$1 root=$work/stages/$1 lines instruction rest
  [ ! -e "$root.complete" ] || return 0
  lines=$(stage_lines "$name")
  [ -n "$lines" ] || { echo "The Dockerfile has no stage $name." >&2; return 1; }
  local other
  # shellcheck disable=SC2013 # Names of stages are words.
  for other in $(grep -oE -- '--from=[a-z-]+' <<<"$lines" | cut -d= -f2 | sort -u); do make_stage "$other"; done
  local environment='' directory=/ arguments=() image base
  while read -r instruction rest <&3; do
    case $instruction in
      FROM)
        image=${rest%% *}
        if [[ $image = \$\{*\} ]]; then
          image=${image:2:-1}
          image=${build_args[$image]:-$(default_of "$image")}
          say "$name: FROM $image"
          base_image "$image"
          base=$work/bases/${image//[\/:]/_}
        else
          make_stage "$image"
          base=$work/stages/$image
          environment=${stage_env[$image]:-} directory=${stage_dir[$image]:-/}
          say "$name: FROM $image"
        fi
        rm -rf "$root"
        cp -a --reflink=auto "$base" "$root"
        continue
        ;;
      ARG) arguments+=("${rest%%=*}=${build_args[${rest%%=*}]:-${rest#*=}}") ;;
      ENV) environment+=" $rest" ;;
      WORKDIR) directory=$rest; mkdir -p "$root$rest" ;;
      COPY)
        # shellcheck disable=SC2086 # Its words are what is meant.
        copy "$root" "$directory" $rest
        continue
        ;;
      RUN)
        local started=$SECONDS
        # shellcheck disable=SC2086
        if in_root "$root" $environment "${arguments[@]}" -- /bin/sh -euc "cd '$directory'; $rest"; then
          say "$name: RUN $rest: $((SECONDS - started)) s"
        elif [ "$(basename "$rest")" = check-cuda.sh ] && [ -z "$cuda" ]; then
          say "$name: RUN $rest: failed as it should, for there is no CUDA here (see --cuda)"
        else
          echo "$name: RUN $rest failed." >&2
          return 1
        fi
        continue
        ;;
      USER) stage_user[$name]=$rest ;;
      CMD) stage_command[$name]=$rest ;;
      ENTRYPOINT) stage_entrypoint[$name]=$rest ;;
      HEALTHCHECK) stage_health[$name]=${rest#*CMD } ;;
      LABEL | EXPOSE | VOLUME | STOPSIGNAL) ;;
      *) echo "This rehearsal does not know $instruction." >&2; return 1 ;;
    esac
  done 3<<<"$lines"
  stage_env[$name]=$environment stage_dir[$name]=$directory
  touch "$root.complete"
}

make_stage "$target"
root=$work/stages/$target
say "$target is made: $(du -sm --apparent-size "$root" | cut -f1) MB, of which /models $(du -sm "$root/models" | cut -f1) MB, /app $(du -sm "$root/app" | cut -f1) MB"

# --- The container ----------------------------------------------------------------------------------------------------

# A volume begins with what the image has at its place.
cp -a "$root/models" "$root/state" "$work"
port=$((20000 + RANDOM % 10000))

# in_container COMMAND...: as the image's user, without a right to become another; only /tmp, /models and /state can be written to.
in_container() {
  # shellcheck disable=SC2016,SC2086 # The inner shell's variables; variables that are words.
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1 volumes=$2 user=$3 directory=$4; shift 4
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind "$volumes/models" "$root/models"
    mount --bind "$volumes/state" "$root/state"
    mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
    mount -t tmpfs tmpfs "$root/run"
    [ -z "$CA_FILE" ] || cp "$CA_FILE" "$root/run/rehearsal-ca.pem"
    cp /etc/resolv.conf "$root/run/resolv.conf"
    mount --bind "$root/run/resolv.conf" "$(readlink -m "$root/etc/resolv.conf")"
    mount -o remount,bind,ro "$root"
    exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs \
      --bounding-set=-all --inh-caps=-all /usr/bin/env -i --chdir="$directory" "$@"
  ' - "$root" "$work" "${stage_user[$target]}" "${stage_dir[$target]}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${client_variables[@]}" ${stage_env[$target]} \
    HOST=127.0.0.1 AUTH=true PORT="$port" "$@"
}

mapfile -t entrypoint < <(words "${stage_entrypoint[$target]}")
mapfile -t command < <(words "${stage_command[$target]}")
mapfile -t health < <(words "${stage_health[$target]}")
# Where there is no GPU, the image for one is tried on the CPU.
device=()
[ "$target" != gpu ] || [ -e /proc/driver/nvidia/version ] || device=(USE_GPU=auto)

say "starting ${entrypoint[*]} ${command[*]} as ${stage_user[$target]}"
started=$SECONDS
in_container "${device[@]}" "${entrypoint[@]}" "${command[@]}" &
server=$!
until in_container "${health[@]}" >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { echo 'The server ended before it was ready.' >&2; exit 1; }
  [ $((SECONDS - started)) -lt 900 ] || { echo 'The server was not ready within 15 minutes.' >&2; exit 1; }
  sleep 2
done
say "healthy after $((SECONDS - started)) s"
in_container sh -c 'if touch /app/x 2>/dev/null; then exit 1; fi' || { echo 'The root file system can be written to.' >&2; exit 1; }
say 'the root file system is read-only'
# status [TOKEN]: what GET /languages is answered with.
status() {
  # shellcheck disable=SC2016 # The variables are those of the program.
  in_container node -e '
    const [port, token] = process.argv.slice(1)
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` }
    fetch(`http://127.0.0.1:${port}/languages`, { headers }).then(({ status }) => console.log(status))
  ' "$port" "${1:-}"
}
[ "$(status)" = 401 ] || { echo 'The server lets in whoever has no token.' >&2; exit 1; }
token=$(in_container "${entrypoint[@]}" dist/cli/token.js create rehearsal)
started=$SECONDS
until [ "$(status "$token")" = 200 ]; do
  [ $((SECONDS - started)) -lt 20 ] || { echo 'The token that was made in the container does not let in.' >&2; exit 1; }
done
say 'a token that was made in the container lets in, and nothing does without'
say 'doctor:'
in_container "${device[@]}" "${entrypoint[@]}" dist/doctor/cli.js
# unshare hands on no signals.
kill -TERM "$(last_child "$server")"
wait "$server" && status=0 || status=$?
server=''
[ "$status" = 0 ] || { echo "The server ended with $status." >&2; exit 1; }
say 'ended by SIGTERM with 0'
say "the rehearsal of $target is done, after $SECONDS s"

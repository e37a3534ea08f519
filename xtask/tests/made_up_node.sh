#!/bin/sh
# Stands in for `tazcom-cli run --json --interface lo --data-dir DIR`. The nodes of a swarm find
# each other through files beside their directories. FAULT makes the last one to start misbehave:
#   deaf     it acknowledges nobody      rude      it leaves without a goodbye
#   stubborn it does not leave           fragile   it ends as soon as it has started
data=$6
id=$(basename "$(dirname "$data")")
nest=$(dirname "$(dirname "$data")")
fault=
[ "$id" = "${LAST:-}" ] && fault=${FAULT:-}

say() { printf '{"event":"%s","at":"-"%s}\n' "$1" "$2"; }
known() { case " $peers " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
leave() {
    [ "$fault" = stubborn ] && return
    [ "$fault" = rude ] || rm -f "$nest/$id.up"
    say stopped ''
    exit 0
}

say started ",\"id\":\"$id\""
if [ "$fault" = fragile ]; then
    echo 'the port is in use' >&2
    exit 1
fi
trap leave TERM
echo $$ >"$nest/$id.up"
peers=
while :; do
    for file in "$nest"/*.up; do
        peer=$(basename "$file" .up)
        [ "$peer" = "$id" ] && continue
        known "$peer" && continue
        # The file is there before the number in it.
        [ -s "$file" ] && pid=$(cat "$file") || continue
        kill -0 "$pid" 2>/dev/null || continue
        peers="$peers $peer"
        eval "pid_$(echo "$peer" | tr - _)=$pid"
        say peer_discovered ",\"id\":\"$peer\""
        say hello_sent ",\"id\":\"$peer\""
        [ "$fault" = deaf ] || say ack_received ",\"id\":\"$peer\",\"rtt_ms\":0.5"
    done
    left=
    for peer in $peers; do
        eval "pid=\$pid_$(echo "$peer" | tr - _)"
        if [ ! -e "$nest/$peer.up" ]; then
            say peer_removed ",\"id\":\"$peer\",\"reason\":\"goodbye\""
        elif ! kill -0 "$pid" 2>/dev/null; then
            say peer_removed ",\"id\":\"$peer\",\"reason\":\"expired\""
        else
            left="$left $peer"
        fi
    done
    peers=$left
    sleep 0.05
done

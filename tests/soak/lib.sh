# shellcheck shell=sh disable=SC2154 # hostile/lib.sh sets them
# What the tests of this folder share; each sources it behind hostile/lib.sh.

# clean_up: of a test that copies its monitor to $work, so that no other process
# runs that file. One may have been started, and its id not be known yet.
clean_up() {
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe") in
		"$work"/*) kill -KILL "${process#/proc/}" ;;
		esac
	done
	# shellcheck disable=SC2086 # process ids
	[ -z "$running" ] || kill -KILL $running 2>/dev/null
	rm -rf "$work"
}

# state PID FAULTS RESIDENT: rows of NAME VALUE LIMIT of what the process has,
# and by how much each may grow; those two as told, and others not at all. Memory
# is in KiB.
state() {
	echo "descriptors $(count_entries "/proc/$1/fd") 0"
	echo "threads $(count_entries "/proc/$1/task") 0"
	echo "mappings $(grep -c '' "/proc/$1/maps") 0"
	awk -v limit="$3" '
	$1 == "VmSize:" { print "size", $2, 0 }
	$1 == "VmRSS:" { print "resident", $2, limit }
	$1 == "VmPTE:" { print "page-tables", $2, 16 }' "/proc/$1/status"
	# Behind the name, in which there may be anything.
	sed 's/.*) //' "/proc/$1/stat" |
		awk -v limit="$2" '{ print "faults", $8, limit }'
}

count_entries() {
	find "$1" -mindepth 1 -maxdepth 1 | wc -l
}

# show BEFORE BEHIND: two files of state's, as details of a test.
show() {
	awk '
	NR == FNR { before[$1] = $2; next }
	{ printf "# %-12s %8d -> %8d\n", $1, before[$1], $2 }' "$1" "$2"
}

# grown BEFORE BEHIND: what has grown by more than its limit, of two files of
# state's, or that there is nothing in them.
grown() {
	awk '
	NR == FNR { before[$1] = $2; next }
	!($1 in before) || $2 - before[$1] > $3 {
		printf "%s: %d, then %d; ", $1, before[$1], $2
	}
	END { if (NR < 14) print "the process was not there" }' "$1" "$2"
}

package main

// figure is a promise about podlab's speed or size: what a benchmark measures,
// how much it may be, and what was measured beside it in the same run, by which
// a slow or busy machine can be told from a slow podlab.
type figure struct {
	what      string
	benchmark string // as the testing package prints it, without its processor count
	unit      string // of the measured figure
	limit     float64
	// share is the limit as a part of the yardstick's figure, for what is
	// promised in comparison. With neither limit nor share nothing is.
	share     float64
	yardstick string
	beside    string // the benchmark of the yardstick, if it is another one
	bareUnit  string // of the yardstick's figure
}

// figures are podlab's promises, in the order of the table.
var figures = []figure{
	{what: "lab up, fresh: both nodes Ready and the first Pod Running", benchmark: "Fresh", unit: "pod-running-s", limit: 5, yardstick: "etcd and API server alone, ready", bareUnit: "bare-up-s"},
	{what: "lab up, seeded: both nodes Ready and the first Pod Running", benchmark: "Seeded", unit: "pod-running-s", limit: 3.5, yardstick: "etcd and API server alone, ready", bareUnit: "bare-up-s"},
	{what: "attach to a running lab", benchmark: "Attach", unit: "attach-s", limit: 0.3, yardstick: "one list of its nodes", bareUnit: "bare-attach-s"},
	{what: "lab down", benchmark: "Fresh", unit: "down-s", limit: 1, yardstick: "kill etcd and API server alone", bareUnit: "bare-down-s"},
	{what: "anonymous memory of all its processes", benchmark: "Memory", unit: "anon-MiB", limit: 600, yardstick: "etcd and API server alone", bareUnit: "bare-anon-MiB"},
	{what: "watch event to outcome, slowest", benchmark: "MetLatency", unit: "max-ms", limit: 100, yardstick: "watch event to a plain watch, slowest", bareUnit: "bare-max-ms"},
	{what: "watches of a lesson of 300 outcomes", benchmark: "Watches", unit: "many-watches", share: 1, yardstick: "of one outcome", bareUnit: "bare-watches"},
	{what: "all lessons verified side by side, the slowest of three times", benchmark: "VerifyAll", unit: "verify-s", share: 1, yardstick: "1.5 × the longest lesson in it, or 6 min", bareUnit: "allowed-s"},
	{what: "start to first frame, median", benchmark: "FirstFrame", unit: "p50-ms", limit: 150, yardstick: "of a program of one word", bareUnit: "bare-p50-ms"},
	{what: "key to frame at 80×24 while 10,000 lines are printed, p99", benchmark: "KeyToFrame/80x24/printing", unit: "p99-ms", limit: 16, yardstick: "on a quiet terminal", beside: "KeyToFrame/80x24/quiet", bareUnit: "p99-ms"},
	{what: "key to frame at 120×40 while 10,000 lines are printed, p99", benchmark: "KeyToFrame/120x40/printing", unit: "p99-ms", limit: 16, yardstick: "on a quiet terminal", beside: "KeyToFrame/120x40/quiet", bareUnit: "p99-ms"},
	{what: "key to frame at 160×48 while 10,000 lines are printed, p99", benchmark: "KeyToFrame/160x48/printing", unit: "p99-ms", limit: 16, yardstick: "on a quiet terminal", beside: "KeyToFrame/160x48/quiet", bareUnit: "p99-ms"},
	{what: "key to frame at 80×24 with pictures on and a Pod that restarts, p99", benchmark: "KeyToFrame/80x24/pictures", unit: "p99-ms", limit: 16, yardstick: "without pictures", beside: "KeyToFrame/80x24/quiet", bareUnit: "p99-ms"},
	{what: "key to frame at 120×40 with pictures on and a Pod that restarts, p99", benchmark: "KeyToFrame/120x40/pictures", unit: "p99-ms", limit: 16, yardstick: "without pictures", beside: "KeyToFrame/120x40/quiet", bareUnit: "p99-ms"},
	{what: "key to frame at 160×48 with pictures on and a Pod that restarts, p99", benchmark: "KeyToFrame/160x48/pictures", unit: "p99-ms", limit: 16, yardstick: "without pictures", beside: "KeyToFrame/160x48/quiet", bareUnit: "p99-ms"},
	{what: "processor used by the idle screen with a picture on, a point a second", benchmark: "Idle", unit: "alive-%", limit: 1, yardstick: "Bubble Tea's smallest program, idle", bareUnit: "bare-%"},
	{what: "processor used by the idle screen without a picture", benchmark: "Idle", unit: "still-%", limit: 1, yardstick: "Bubble Tea's smallest program, idle", bareUnit: "bare-%"},
	{what: "memory of the screen's process after an hour's lesson from its journal", benchmark: "ScreenMemory", unit: "rss-MiB", limit: 150, yardstick: "of the list of lessons alone", bareUnit: "bare-rss-MiB"},
	{what: "history of a Pod that changes once a second, after an hour", benchmark: "Hour", unit: "history-MiB", limit: 15, yardstick: "its revisions as they come", bareUnit: "bare-MiB"},
	{what: "all 80 documents read and set", benchmark: "Documents", unit: "documents-ms", limit: 500, yardstick: "the same files read by goldmark alone", bareUnit: "bare-documents-ms"},
	{what: "language switch in the middle of a lesson, p99", benchmark: "LanguageSwitch", unit: "p99-ms", limit: 16, yardstick: "key to frame on a quiet terminal", beside: "KeyToFrame/160x48/quiet", bareUnit: "p99-ms"},
	{what: "build after an edit of the screen", benchmark: "Rebuild", unit: "rebuild-s", limit: 10, yardstick: "after an edit of main alone", bareUnit: "bare-rebuild-s"},
	{what: "embedded: all nodes Ready, fresh", benchmark: "Providers", unit: "embedded-ready-s", yardstick: "kind", bareUnit: "kind-ready-s"},
	// podlab's settings make kind faster than it is by itself: the promise is about
	// that faster one, and both are shown.
	{what: "embedded: first Pod Running, fresh", benchmark: "Providers", unit: "embedded-pod-s", share: 0.2, yardstick: "kind", bareUnit: "kind-pod-s"},
	{what: "embedded: first Pod Running, fresh", benchmark: "Providers", unit: "embedded-pod-s", yardstick: "kind's library alone", bareUnit: "library-pod-s"},
	{what: "embedded: first container OOMKilled, fresh", benchmark: "Providers", unit: "embedded-oom-s", yardstick: "kind", bareUnit: "kind-oom-s"},
	{what: "embedded: anonymous memory", benchmark: "Providers", unit: "embedded-anon-MiB", yardstick: "kind", bareUnit: "kind-anon-MiB"},
	{what: "embedded: down", benchmark: "Providers", unit: "embedded-down-s", yardstick: "kind", bareUnit: "kind-down-s"},
	{what: "kind: all nodes Ready, fresh", benchmark: "Providers", unit: "kind-ready-s", share: 1.05, yardstick: "kind's library alone", bareUnit: "library-ready-s"},
	{what: "kind: first Pod Running, fresh", benchmark: "Providers", unit: "kind-pod-s", share: 1.05, yardstick: "kind's library alone", bareUnit: "library-pod-s"},
	{what: "kind: first container OOMKilled, fresh", benchmark: "Providers", unit: "kind-oom-s", yardstick: "kind's library alone", bareUnit: "library-oom-s"},
	{what: "kind: anonymous memory, with metrics-server", benchmark: "Providers", unit: "kind-anon-MiB", yardstick: "kind's library alone, without", bareUnit: "library-anon-MiB"},
	{what: "kind: down", benchmark: "Providers", unit: "kind-down-s", yardstick: "kind's library alone", bareUnit: "library-down-s"},
}

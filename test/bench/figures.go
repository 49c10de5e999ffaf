package main

// figure is a promise about podlab's speed or size: what a benchmark measures,
// how much it may be, and what was measured beside it in the same run, by which
// a slow or busy machine can be told from a slow podlab.
type figure struct {
	what      string
	benchmark string // as the testing package prints it, without its processor count
	unit      string // of the measured figure
	limit     float64
	yardstick string
	beside    string // the benchmark of the yardstick, if it is another one
	bareUnit  string // of the yardstick's figure
}

// figures are podlab's promises, in the order of the table.
var figures = []figure{
	{"lab up, fresh: both nodes Ready and the first Pod Running", "Fresh", "pod-running-s", 5, "etcd and API server alone, ready", "", "bare-up-s"},
	{"lab up, seeded: both nodes Ready and the first Pod Running", "Seeded", "pod-running-s", 3.5, "etcd and API server alone, ready", "", "bare-up-s"},
	{"attach to a running lab", "Attach", "attach-s", 0.3, "one list of its nodes", "", "bare-attach-s"},
	{"lab down", "Fresh", "down-s", 1, "kill etcd and API server alone", "", "bare-down-s"},
	{"anonymous memory of all its processes", "Memory", "anon-MiB", 600, "etcd and API server alone", "", "bare-anon-MiB"},
	{"watch event to outcome, slowest", "MetLatency", "max-ms", 100, "watch event to a plain watch, slowest", "", "bare-max-ms"},
	{"start to first frame, median", "FirstFrame", "p50-ms", 150, "of a program of one word", "", "bare-p50-ms"},
	{"key to frame at 80×24 while 10,000 lines are printed, p99", "KeyToFrame/80x24/printing", "p99-ms", 16, "on a quiet terminal", "KeyToFrame/80x24/quiet", "p99-ms"},
	{"key to frame at 120×40 while 10,000 lines are printed, p99", "KeyToFrame/120x40/printing", "p99-ms", 16, "on a quiet terminal", "KeyToFrame/120x40/quiet", "p99-ms"},
	{"key to frame at 160×48 while 10,000 lines are printed, p99", "KeyToFrame/160x48/printing", "p99-ms", 16, "on a quiet terminal", "KeyToFrame/160x48/quiet", "p99-ms"},
	{"all 80 documents read and set", "Documents", "documents-ms", 500, "the same files read by goldmark alone", "", "bare-documents-ms"},
	{"language switch in the middle of a lesson, p99", "LanguageSwitch", "p99-ms", 16, "key to frame on a quiet terminal", "KeyToFrame/160x48/quiet", "p99-ms"},
	{"build after an edit of the screen", "Rebuild", "rebuild-s", 10, "after an edit of main alone", "", "bare-rebuild-s"},
}

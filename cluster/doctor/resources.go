//go:build linux

package doctor

import (
	"context"
	"strconv"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

func (d *doctor) disk(context.Context) Check {
	free, err := d.free(d.opts.State)
	if err != nil {
		return fail(say.Of(err), say.T("make %s a folder that can be written", d.opts.State))
	}
	found := say.T("%.1f GiB free for %s", float64(free)/gib, d.opts.State)
	advice := say.T("free some space, or set XDG_STATE_HOME and XDG_DATA_HOME to folders on another disk")
	switch {
	case d.opts.Provider == "existing" && free < 1*gib: // it takes what the learner writes, and no more
		return warn(found, advice)
	case d.opts.Provider == "existing":
		return ok(found)
	case free < 1*gib:
		return fail(found, say.T("a cluster needs 1 GiB, building its programs 4: %v", advice))
	case free < 4*gib:
		return warn(found, say.T("building the cluster's programs takes 4 GiB: %v", advice))
	}
	return ok(found)
}

func (d *doctor) memory(context.Context) Check {
	raw, err := d.read("/proc/meminfo")
	if err != nil {
		return fail(say.Of(err), say.T("mount /proc"))
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "MemAvailable:" {
			continue
		}
		kib, err := strconv.ParseUint(f[1], 10, 64)
		if err != nil {
			break
		}
		found := say.T("%.1f GiB available", float64(kib<<10)/gib)
		switch {
		case kib<<10 < 1*gib:
			return fail(found, say.T("a cluster with a lesson needs 1 GiB: close other programs or use a larger machine"))
		case kib<<10 < 2*gib:
			return warn(found, say.T("2 GiB are comfortable, and building the cluster's programs needs them: close other programs"))
		}
		return ok(found)
	}
	return fail(say.T("/proc/meminfo does not say how much is available"), say.T("use a newer kernel"))
}

// inotify limits are shared by everything that a user runs. Each node's
// kubelet and containerd take some, and a Pod that follows a file takes one.
func (d *doctor) inotify(context.Context) Check {
	const minInstances, minWatches = 128, 8192
	instances, err := d.number("/proc/sys/fs/inotify/max_user_instances")
	if err != nil {
		return fail(say.T("the kernel has no inotify: %v", err), say.T("use a kernel with CONFIG_INOTIFY_USER"))
	}
	watches, err := d.number("/proc/sys/fs/inotify/max_user_watches")
	if err != nil {
		return fail(say.T("the kernel has no inotify: %v", err), say.T("use a kernel with CONFIG_INOTIFY_USER"))
	}
	found := say.T("%d instances, %d watches", instances, watches)
	if instances < minInstances || watches < minWatches {
		return warn(found, say.T("run 'sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288'"))
	}
	return ok(found)
}

func (d *doctor) number(path string) (int, error) {
	raw, err := d.read(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(raw)))
}

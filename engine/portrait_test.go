package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
)

// meterNode is a node whose shell prints what the reader's script would, a second's
// worth at each send, until what started it lets go.
type meterNode struct {
	seconds chan string // what each second prints; "" ends the command
	starts  chan []string
	ended   chan struct{}
}

func (n *meterNode) exec(ctx context.Context, node string, argv []string, stdio cluster.Stdio) error {
	n.starts <- append([]string{node}, argv[5:]...)
	defer func() { n.ended <- struct{}{} }()
	for {
		select {
		case text := <-n.seconds:
			if text == "" {
				return &cluster.ExitError{Argv: argv, Code: 137}
			}
			if _, err := fmt.Fprint(stdio.Out, text); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// second is what the script prints of one container.
func second(id string, memory int) string {
	at := "==> /sys/fs/cgroup/kubepods/pod/" + id
	return fmt.Sprintf("%[1]s/memory.current <==\n%[2]d\n%[1]s/memory.stat <==\ninactive_file 0\n%[1]s/cpu.stat <==\nusage_usec 1\n.\n", at, memory)
}

// metered is a Pod on worker-1 whose container runs under an ID.
func metered(id string) map[string]any {
	p := pod("web", "Running", `{"running":{"startedAt":"2026-11-22T01:00:00Z"}}`)
	p["spec"] = map[string]any{"nodeName": "worker-1", "containers": []any{map[string]any{
		"name": "main", "resources": map[string]any{"limits": map[string]any{"memory": "100Mi"}},
	}}}
	p["status"].(map[string]any)["containerStatuses"].([]any)[0].(map[string]any)["containerID"] = "containerd://" + id
	return p
}

// points waits for a picture with so many points of the container and returns it.
func (b *bench) points(n int) picture.Picture {
	b.t.Helper()
	return b.told(fmt.Sprint(n, " points"), func(e Event) bool {
		pic, ok := e.(PictureChanged)
		return ok && len(pic.Picture.Usage) == 1 && len(pic.Picture.Usage[0].Points) >= n
	}).(PictureChanged).Picture
}

// Usage is read while a step shows it, and only then; the end of the node's
// command or of the container breaks the series and ends nothing else; nothing
// of it is in the journal.
func TestPictureOfUsage(t *testing.T) {
	api := apitest.New(t)
	l := lesson(lessons.Outcome{ID: "runs", Kind: lessons.Eventually, Expr: `web.?status.?phase.orValue("") == "Running"`})
	l.Steps[1].Pictures = []lessons.Picture{lessons.PictureMemory}
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	api.Apply(metered(one))
	node := &meterNode{seconds: make(chan string), starts: make(chan []string, 8), ended: make(chan struct{}, 8)}
	cfg := config(t, api, l)
	cfg.Journal = filepath.Join(t.TempDir(), "journal")
	cfg.Pictures, cfg.Exec = true, node.exec
	b := play(t, api, cfg)
	select {
	case <-node.starts:
		t.Fatal("usage is read for a step that does not show it")
	default:
	}
	b.goTo("now")
	if argv := <-node.starts; argv[0] != "worker-1" || !strings.HasPrefix(argv[2], "*pod") {
		t.Fatalf("the node's reader is %q", argv)
	}
	node.seconds <- second(one, 5000)
	pic := b.points(1)
	if u := pic.Usage[0]; u.Container != "main" || u.MemoryLimit != 100<<20 || u.Points[0].Memory != 5000 || pic.Source != picture.SourceCgroup {
		t.Errorf("the picture is %+v", pic)
	}
	node.seconds <- "" // as when the node is started anew
	<-node.ended
	<-node.starts
	node.seconds <- second(one, 6000) + second(two, 7000) // before its Pod says whose it is
	b.points(2)
	api.Apply(metered(two))
	points := b.points(3).Usage[0].Points
	if points[2].Memory != 7000 || !picture.Broken(points[1], points[2], time.Second) || picture.Broken(points[0], points[0], time.Second) {
		t.Errorf("the points are %+v", points)
	}
	b.goTo("before")
	<-node.ended
	b.told("an empty picture", func(e Event) bool {
		pic, ok := e.(PictureChanged)
		return ok && pic.Picture.Step == "before" && len(pic.Picture.Usage) == 0
	})
	if s := b.Snapshot(); s.Step != "before" {
		t.Errorf("the step is %s", s.Step)
	}
}

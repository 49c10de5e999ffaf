package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/podlab/podlab/engine/internal/apitest"
)

func isOtherCluster(e Event) bool { _, ok := e.(OtherCluster); return ok }

func TestCatchUp(t *testing.T) {
	b := playKept(t)
	api, cfg := b.api, b.cfg
	b.goTo("armour") // the two steps between are skipped
	evidence := b.status("up").Evidence.At
	b.close()

	api.Recreate()
	b = play(t, api, cfg)
	b.told("OtherCluster", isOtherCluster)
	there := func() bool { return b.records.Object("web") != nil }
	b.mu.Lock()
	if there() {
		t.Error("the new cluster has what was made on the old one")
	}
	b.mu.Unlock()
	if err := b.CatchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.until("web", there)
	snap := b.Snapshot()
	if snap.OtherCluster || snap.Step != "armour" || !snap.Done["inside"] || !snap.Done["again"] {
		t.Errorf("caught up: %+v", snap)
	}
	if at := b.status("up").Evidence.At; !at.Equal(evidence) {
		t.Errorf("what was met at %v is now met at %v", evidence, at)
	}
	b.close()
	b = play(t, api, cfg)
	if snap := b.Snapshot(); snap.OtherCluster || snap.Step != "armour" {
		t.Errorf("resumed: %+v", snap)
	}
}

func TestCatchUpOnTheSpot(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, course(t)))
	if err := b.Solve(context.Background(), "create"); err != nil {
		t.Fatal(err)
	}
	api.Stop()
	b.told("ClusterLost", func(e Event) bool { _, ok := e.(ClusterLost); return ok })
	api.Recreate()
	api.Start()
	b.told("OtherCluster", isOtherCluster)
	if !b.Snapshot().OtherCluster {
		t.Error("the snapshot does not say so")
	}
}

// What was there on a cluster that came in the place of the first is known to
// the next session.
func TestResumeAfterAnotherClusterCame(t *testing.T) {
	b := playKept(t)
	api, cfg := b.api, b.cfg
	api.Stop()
	b.told("ClusterLost", func(e Event) bool { _, ok := e.(ClusterLost); return ok })
	api.Recreate()
	api.Start()
	b.told("OtherCluster", isOtherCluster)
	api.Apply(pod("web", "Running", ""))
	b.until("web", func() bool { return b.records.Object("web") != nil })
	b.goTo("delete")
	b.close()
	api.Delete("v1", "Pod", "demo", "web")
	b = play(t, api, cfg)
	b.untilState("gone", Met)
}

func TestCatchUpTellsWhatIsUnmet(t *testing.T) {
	api := apitest.New(t)
	l := course(t)
	l.Steps[0].Commands[0].Run = "(exit 9)"
	l.Steps[0].Outcomes[0].Within = forTime(1)
	b := play(t, api, config(t, api, l))
	b.goTo("again")
	err := b.CatchUp(context.Background())
	var unmet *UnmetError
	if !errors.As(err, &unmet) || unmet.Step != "create" {
		t.Errorf("error %v", err)
	}
	if snap := b.Snapshot(); snap.Step != "again" || !snap.Done["inside"] {
		t.Errorf("the other steps: %+v", snap)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.CatchUp(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// On another cluster the outcomes that were met say nothing of the commands.
func TestCatchUpTellsWhatFails(t *testing.T) {
	b := playKept(t)
	api, cfg := b.api, b.cfg
	b.close()
	for line, fails := range map[string]bool{
		"(exit 9)": true,
		"(echo 'Error from server (AlreadyExists): pods \"web\" already exists' >&2; exit 1)": false,
	} {
		api.Recreate()
		cfg.Lesson.Steps[0].Commands = runs(line, "true")
		b = play(t, api, cfg)
		b.told("OtherCluster", isOtherCluster)
		b.goTo("inside")
		err := b.CatchUp(context.Background())
		if unmet := new(UnmetError); fails != (errors.As(err, &unmet) && unmet.Step == "create" && len(unmet.Failed) == 1) || !fails && err != nil {
			t.Errorf("%s: %v", line, err)
		}
		b.close()
	}
}

// Skipping solves what is not done, and nothing else.
func TestSkip(t *testing.T) {
	api := apitest.New(t)
	l := course(t)
	b := play(t, api, config(t, api, l))
	if err := b.Solve(context.Background(), "create"); err != nil {
		t.Fatal(err)
	}
	if err := b.Skip(context.Background(), "armour"); err != nil {
		t.Fatal(err)
	}
	snap := b.Snapshot()
	if snap.Step != "armour" || !snap.Done["inside"] || !snap.Done["again"] || snap.Done["delete"] {
		t.Errorf("skipped: %+v", snap)
	}
	b.mu.Lock()
	applied := 0
	for _, c := range b.commands {
		if c.line == "kubectl apply web.json" {
			applied++
		}
	}
	if applied != 1 {
		t.Errorf("what was done was typed %d times, want once", applied)
	}
	b.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.ResetLesson(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := b.Skip(ctx, "again"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if snap := b.Snapshot(); snap.Step != "create" || snap.Done["inside"] {
		t.Errorf("cancelled at %+v", snap)
	}
}

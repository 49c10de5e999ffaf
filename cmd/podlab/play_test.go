package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// fakeLessons are lessons a, b, c, …, that take so many minutes.
func fakeLessons(minutes ...int) []*lessons.Lesson {
	var all []*lessons.Lesson
	for i, m := range minutes {
		hold := lessons.Duration{Duration: time.Duration(m) * time.Minute}
		all = append(all, &lessons.Lesson{ID: string(rune('a' + i)), Steps: []lessons.Step{
			{Outcomes: []lessons.Outcome{{}, {For: hold}, {}}},
		}})
	}
	return all
}

// stage plays lessons without a cluster, each for the minutes it states.
type stage struct {
	broken string // id of the lesson that cannot be played

	mu           sync.Mutex
	begun, ended []string
	now, most    int // lessons at a time
}

func (s *stage) play(ctx context.Context, l *lessons.Lesson) (engine.LessonResult, error) {
	s.mu.Lock()
	s.begun = append(s.begun, l.ID)
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	var err error
	select {
	case <-time.After(need(l, false)):
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, l.ID)
	s.now--
	r := engine.LessonResult{ID: l.ID, State: engine.Passed}
	if l.ID == s.broken {
		err = errors.New("its shell ended")
	}
	if err != nil {
		r.State = engine.Failed
	}
	return r, err
}

func TestPlayAll(t *testing.T) {
	for _, test := range []struct {
		name     string
		minutes  []int
		parallel int
		most     int    // lessons at a time
		begun    string // the order in which they began
		takes    time.Duration
	}{
		{"one by one", []int{1, 3, 2}, 1, 1, "bca", 6 * time.Minute},
		{"two at a time", []int{1, 3, 2}, 2, 2, "bca", 3 * time.Minute},
		{"as given when they take equally long", []int{2, 2, 2}, 1, 1, "abc", 6 * time.Minute},
		{"more places than lessons", []int{3, 2, 1}, 9, 3, "abc", 3 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s stage
				start := time.Now()
				all := fakeLessons(test.minutes...)
				results, err := playAll(t.Context(), newRoster(all, longestFirst(all, false)), test.parallel, s.play)
				if err != nil {
					t.Fatal(err)
				}
				var ids string
				for _, r := range results {
					ids += r.ID
				}
				if ids != "abc" {
					t.Errorf("results of %q, want those of abc in this order", ids)
				}
				if s.most != test.most {
					t.Errorf("%d lessons at a time, want %d", s.most, test.most)
				}
				// those that begin at the same moment have no order
				slices.Sort(s.begun[:test.most])
				if got := strings.Join(s.begun, ""); got != test.begun {
					t.Errorf("began %q, want %q", got, test.begun)
				}
				if took := time.Since(start); took != test.takes {
					t.Errorf("took %s, want %s", took, test.takes)
				}
			})
		})
	}
}

func TestPlayAllKeepsLessonsApartThatClaimTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := fakeLessons(3, 3, 2, 1)
		all[0].Claims = []string{"kubelet"}
		all[1].Claims = []string{"labels", "kubelet"}
		all[2].Claims = []string{"labels"}
		var s stage
		start := time.Now()
		results, err := playAll(t.Context(), newRoster(all, []int{0, 1, 2, 3}), 4, s.play)
		if err != nil || len(results) != 4 {
			t.Fatalf("%d results, %v", len(results), err)
		}
		// b waits for both others, and nothing else waits
		if got := strings.Join(s.ended, ""); got != "dcab" || s.most != 3 {
			t.Errorf("ended %q with %d at a time, want dcab with 3", got, s.most)
		}
		if took := time.Since(start); took != 6*time.Minute {
			t.Errorf("took %s, want 6m", took)
		}
	})
}

func TestClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := fakeLessons(1)
		all[0].Claims = []string{"kubelet"}
		r := newRoster(all, []int{0})
		give, err := r.claim(t.Context(), []string{"labels", "kubelet"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		go func() {
			i, _ := r.next()
			got = append(got, "lesson")
			r.done(i)
		}()
		go func() {
			other, err := r.claim(t.Context(), []string{"labels"})
			if err == nil {
				got = append(got, "step")
				other()
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := r.claim(ctx, []string{"kubelet"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a claim of what a step has: %v, want it to wait until ctx ends", err)
		}
		if len(got) > 0 {
			t.Errorf("%q went on beside a step that claims the same", got)
		}
		give()
		synctest.Wait()
		if slices.Sort(got); !slices.Equal(got, []string{"lesson", "step"}) {
			t.Errorf("%q went on when the claims were given back, want both", got)
		}
	})
}

// A lesson whose steps claim one after the other does not keep others waiting to
// its end.
func TestClaimsGoToWhoHasWaitedLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := fakeLessons(1, 1)
		all[0].Claims, all[1].Claims = []string{"kubelet"}, []string{"kubelet"}
		r := newRoster(all, []int{0, 1})
		kubelet := []string{"kubelet"}
		give, err := r.claim(t.Context(), kubelet)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var got []string
		note := func(who string) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, who)
		}
		go func() {
			for i, ok := r.next(); ok; i, ok = r.next() {
				note("lesson")
				r.done(i)
			}
		}()
		synctest.Wait()
		go func() {
			release, err := r.claim(t.Context(), kubelet)
			if err != nil {
				note(err.Error())
				return
			}
			note("step")
			release()
		}()
		synctest.Wait()
		for range 2 { // at once again, as the next step does
			give()
			if give, err = r.claim(t.Context(), kubelet); err != nil {
				t.Fatal(err)
			}
			note("me")
		}
		give()
		synctest.Wait()
		// Who has been served queues up behind those who wait.
		if want := []string{"lesson", "step", "me", "lesson", "me"}; !slices.Equal(got, want) {
			t.Errorf("served %q, want %q", got, want)
		}
	})
}

// Ctrl-C must not leave a worker that waits for a claim behind.
func TestPlayAllEndsEarlyWhileALessonWaitsForAClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := fakeLessons(3, 3, 3)
		for _, l := range all {
			l.Claims = []string{"kubelet"}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var s stage
		if _, err := playAll(ctx, newRoster(all, []int{0, 1, 2}), 3, s.play); !errors.Is(err, context.DeadlineExceeded) || len(s.begun) != 1 {
			t.Errorf("got %v after %q had begun, want only a", err, s.begun)
		}
	})
}

func TestLongestFirstCountsWrongSolutionsOnlyWhenTheyArePlayed(t *testing.T) {
	all := fakeLessons(1, 2)
	all[0].Steps[0].Wrong = make([]lessons.Wrong, 60)
	for wrong, want := range map[bool][]int{false: {1, 0}, true: {0, 1}} {
		if got := longestFirst(all, wrong); !slices.Equal(got, want) {
			t.Errorf("with wrong solutions %t: %v, want %v", wrong, got, want)
		}
	}
}

func TestPlayAllGoesOnAfterALessonThatCannotBePlayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stage{broken: "a"}
		results, err := playAll(t.Context(), newRoster(fakeLessons(3, 2, 1), []int{0, 1, 2}), 1, s.play)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.ended) != 3 {
			t.Errorf("played %q, want all three", s.ended)
		}
		r := verifyResult{Lessons: results}
		if results[0].Error.String() != "its shell ended" || !results[1].Error.IsZero() || r.passed() {
			t.Errorf("got %+v, passed %t; want the error of the first lesson, and not passed", results, r.passed())
		}
	})
}

func TestPlayAllEndsEarlyAndWaitsForWhatItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stage
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		_, err := playAll(ctx, newRoster(fakeLessons(5, 4, 3, 2), []int{0, 1, 2, 3}), 2, s.play)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		slices.Sort(s.ended)
		if got := strings.Join(s.ended, ""); got != "ab" || s.now != 0 {
			t.Errorf("%q have ended and %d have not; want a and b ended, and no other begun", got, s.now)
		}
	})
}

func TestCommentaryKeepsTheLinesOfATextTogether(t *testing.T) {
	var out strings.Builder
	all := []*lessons.Lesson{{ID: "short"}, {ID: "longer-name"}}
	c := newCommentary(&out, all)
	var told sync.WaitGroup
	for _, l := range all {
		told.Go(func() {
			for range 100 {
				c.say(l.ID, 1500*time.Millisecond, "  $ first\r\n    second")
			}
		})
	}
	told.Wait()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 400 {
		t.Fatalf("%d lines, want 400", len(lines))
	}
	for i := 0; i < len(lines); i += 2 {
		name := strings.Fields(lines[i])[0]
		want := []string{(name + "          ")[:11] + "    1.5s    $ first", (name + "          ")[:11] + "    1.5s      second"}
		if !slices.Equal(lines[i:i+2], want) {
			t.Fatalf("got %q, want %q", lines[i:i+2], want)
		}
	}
}

package main

import (
	"context"
	"slices"
	"sync"

	"github.com/podlab/podlab/lessons"
)

// roster gives out lessons to be played, each once, and what they and their
// steps claim, to those first who have waited longest. It is safe for concurrent
// use.
type roster struct {
	all []*lessons.Lesson

	mu      sync.Mutex
	changed *sync.Cond
	waiting []int           // indices of all, in their order
	claimed map[string]bool // by the lessons and steps that are being played
	queue   []*claimant     // who waits for claims, the first first
}

// claimant waits for claims, which nobody behind it in the queue gets before it: a
// lesson of many steps that claim the same would else keep others from it to its
// end.
type claimant struct{ claims []string }

func newRoster(all []*lessons.Lesson, order []int) *roster {
	r := &roster{all: all, waiting: slices.Clone(order), claimed: map[string]bool{}}
	r.changed = sync.NewCond(&r.mu)
	return r
}

// next takes the first lesson that waits and claims nothing that another has. It
// blocks while there are only others, and is false when no lesson waits. Each
// lesson that was taken must be given back by done.
func (r *roster) next() (int, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var me claimant
	defer r.leave(&me)
	for len(r.waiting) > 0 {
		at := slices.IndexFunc(r.waiting, func(i int) bool { return r.free(r.all[i].Claims, &me) })
		if at < 0 {
			me.claims = r.all[r.waiting[0]].Claims
			r.join(&me)
			r.changed.Wait()
			continue
		}
		i := r.waiting[at]
		r.waiting = slices.Delete(r.waiting, at, at+1)
		r.take(r.all[i].Claims)
		return i, true
	}
	return 0, false
}

// done gives back what a lesson has claimed.
func (r *roster) done(i int) { r.release(r.all[i].Claims) }

// claim takes all claims of a step at once, for a lesson that has none itself. It
// blocks until they are free or ctx ends, whose error it then returns.
func (r *roster) claim(ctx context.Context, claims []string) (release func(), err error) {
	defer context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.changed.Broadcast()
	})()
	r.mu.Lock()
	defer r.mu.Unlock()
	me := claimant{claims}
	defer r.leave(&me)
	for !r.free(claims, &me) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.join(&me)
		r.changed.Wait()
	}
	r.take(claims)
	return func() { r.release(claims) }, nil
}

// free says whether nobody has one of claims, and nobody waits for one before
// me. r.mu is held.
func (r *roster) free(claims []string, me *claimant) bool {
	before := r.queue
	if at := slices.Index(r.queue, me); at >= 0 {
		before = r.queue[:at]
	}
	return !slices.ContainsFunc(claims, func(c string) bool {
		return r.claimed[c] || slices.ContainsFunc(before, func(other *claimant) bool { return slices.Contains(other.claims, c) })
	})
}

// join puts me at the end of the queue, unless it is in it. r.mu is held.
func (r *roster) join(me *claimant) {
	if !slices.Contains(r.queue, me) {
		r.queue = append(r.queue, me)
	}
}

// leave takes me out of the queue, which lets others on. r.mu is held.
func (r *roster) leave(me *claimant) {
	if at := slices.Index(r.queue, me); at >= 0 {
		r.queue = slices.Delete(r.queue, at, at+1)
		r.changed.Broadcast()
	}
}

// take notes that claims are taken. r.mu is held.
func (r *roster) take(claims []string) {
	for _, c := range claims {
		r.claimed[c] = true
	}
}

func (r *roster) release(claims []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range claims {
		delete(r.claimed, c)
	}
	r.changed.Broadcast()
}

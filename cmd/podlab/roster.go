package main

import (
	"context"
	"slices"
	"sync"

	"github.com/podlab/podlab/lessons"
)

// roster gives out lessons to be played, each once, and what they and their
// steps claim. It is safe for concurrent use.
type roster struct {
	all []*lessons.Lesson

	mu      sync.Mutex
	freed   *sync.Cond
	waiting []int           // indices of all, in their order
	claimed map[string]bool // by the lessons and steps that are being played
}

func newRoster(all []*lessons.Lesson, order []int) *roster {
	r := &roster{all: all, waiting: slices.Clone(order), claimed: map[string]bool{}}
	r.freed = sync.NewCond(&r.mu)
	return r
}

// next takes the first lesson that waits and claims nothing that another has. It
// blocks while there are only others, and is false when no lesson waits. Each
// lesson that was taken must be given back by done.
func (r *roster) next() (int, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.waiting) > 0 {
		at := slices.IndexFunc(r.waiting, func(i int) bool { return r.free(r.all[i].Claims) })
		if at < 0 {
			r.freed.Wait()
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
		r.freed.Broadcast()
	})()
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.free(claims) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.freed.Wait()
	}
	r.take(claims)
	return func() { r.release(claims) }, nil
}

// free says whether nobody has one of claims. r.mu is held.
func (r *roster) free(claims []string) bool {
	return !slices.ContainsFunc(claims, func(c string) bool { return r.claimed[c] })
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
	r.freed.Broadcast()
}

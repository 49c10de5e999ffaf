package main

import (
	"slices"
	"sync"

	"github.com/podlab/podlab/lessons"
)

// roster gives out lessons to be played, each once. It is safe for concurrent
// use.
type roster struct {
	all []*lessons.Lesson

	mu      sync.Mutex
	freed   *sync.Cond
	waiting []int           // indices of all, in their order
	claimed map[string]bool // by the lessons that are being played
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
		at := slices.IndexFunc(r.waiting, r.free)
		if at < 0 {
			r.freed.Wait()
			continue
		}
		i := r.waiting[at]
		r.waiting = slices.Delete(r.waiting, at, at+1)
		for _, c := range r.all[i].Claims {
			r.claimed[c] = true
		}
		return i, true
	}
	return 0, false
}

// free says whether nobody has what a lesson claims. r.mu is held.
func (r *roster) free(i int) bool {
	return !slices.ContainsFunc(r.all[i].Claims, func(c string) bool { return r.claimed[c] })
}

// done gives back what a lesson has claimed.
func (r *roster) done(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.all[i].Claims {
		delete(r.claimed, c)
	}
	r.freed.Broadcast()
}

package lessons

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/podlab/podlab/internal/say"
)

// UnknownError is returned for a lesson id that does not exist.
type UnknownError struct {
	ID   string
	Near []string // ids that may be meant, the likeliest first
}

// Error implements error.
func (e *UnknownError) Error() string { return e.Said().String() }

// Said implements [say.Sayer].
func (e *UnknownError) Said() say.Text {
	if len(e.Near) == 0 {
		return say.T("no lesson %q: run 'podlab lessons' to see them all", e.ID)
	}
	near := say.T("%q", e.Near[0])
	for _, n := range e.Near[1:] {
		near = say.T("%v or %q", near, n)
	}
	return say.T("no lesson %q: did you mean %v?", e.ID, near)
}

const maxNear = 3

// nearest picks the ids that begin with or contain what was typed, and else
// those that are, or begin, within a few typing mistakes of it.
func nearest(typed string, ids []string) []string {
	typed = strings.ToLower(strings.Trim(strings.TrimSpace(typed), "/"))
	if typed == "" {
		return nil
	}
	type candidate struct {
		id   string
		cost int
	}
	var found []candidate
	for _, id := range ids {
		distance := levenshtein.ComputeDistance(typed, id)
		begin := levenshtein.ComputeDistance(typed, id[:min(len(typed), len(id))])
		switch {
		case strings.HasPrefix(id, typed):
			found = append(found, candidate{id, 0})
		case strings.Contains(id, typed) || strings.Contains(typed, id):
			found = append(found, candidate{id, 1})
		case distance <= max(2, len(id)/3):
			found = append(found, candidate{id, 1 + distance})
		case begin <= len(typed)/4:
			found = append(found, candidate{id, 1 + begin})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.cost - b.cost })
	var near []string
	for _, c := range found[:min(len(found), maxNear)] {
		near = append(near, c.id)
	}
	return near
}

package lessons

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// UnknownError is returned for a lesson id that does not exist.
type UnknownError struct {
	ID   string
	Near []string // ids that may be meant, the likeliest first
}

func (e *UnknownError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("no lesson %q: run 'podlab lessons' to see them all", e.ID)
	}
	quoted := make([]string, len(e.Near))
	for i, n := range e.Near {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return fmt.Sprintf("no lesson %q: did you mean %s?", e.ID, strings.Join(quoted, " or "))
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

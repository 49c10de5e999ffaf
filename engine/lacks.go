package engine

import "github.com/podlab/podlab/lessons"

// lacks are those of the needs that the cluster does not meet, or of which that
// is not known.
func (f Facts) lacks(needs []lessons.Need) []lessons.Need {
	var lacks []lessons.Need
	for _, need := range needs {
		if !f.Needs[need].OK {
			lacks = append(lacks, need)
		}
	}
	return lacks
}

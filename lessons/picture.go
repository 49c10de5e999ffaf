package lessons

import (
	"fmt"
	"slices"
)

// Picture is a live drawing of what the Pods and nodes of a step do.
type Picture string

// The pictures that lessons and steps can name.
const (
	PictureMemory   Picture = "memory"   // memory of the step's containers against request and limit
	PictureCPU      Picture = "cpu"      // their CPU time likewise, and throttling
	PictureTimeline Picture = "timeline" // what happened to the step's Pods
	PictureNodes    Picture = "nodes"    // which Pod is where, what is requested, what is free
	PictureProbes   Picture = "probes"   // what liveness, readiness and startup probes found
)

// PicturesOf are a step's pictures: its own or, if it speaks of Pods, the lesson's.
func (l *Lesson) PicturesOf(s *Step) []Picture {
	if len(s.Pictures) > 0 || len(l.PodsOf(s)) == 0 {
		return s.Pictures
	}
	return l.Pictures
}

// PodsOf lists the names of the objects of kind Pod that a step's outcomes judge,
// sorted: those of one Pod each or, if there are none, those of many.
func (l *Lesson) PodsOf(s *Step) []string {
	mentioned := map[string]bool{}
	for _, o := range s.Outcomes {
		free, recorded := names(o.Expr)
		for n := range free {
			mentioned[n] = true
		}
		for n := range recorded {
			mentioned[n] = true
		}
	}
	var single, many []string
	for name, o := range l.Objects {
		switch {
		case o.Kind != "Pod" || !mentioned[name]:
		case o.Name != "":
			single = append(single, name)
		default:
			many = append(many, name)
		}
	}
	if len(single) > 0 {
		many = single
	}
	slices.Sort(many)
	return many
}

// checkPictures finds pictures that would stay empty.
func (c *checker) checkPictures() {
	pods := false
	for _, o := range c.lesson.Objects {
		pods = pods || o.Kind == "Pod"
	}
	if len(c.lesson.Pictures) > 0 && !pods {
		c.add("/pictures", "expected an object of kind Pod: the lesson has nothing to draw")
	}
	for i, s := range c.lesson.Steps {
		if len(s.Pictures) == 0 || len(c.lesson.PodsOf(&s)) > 0 {
			continue
		}
		if len(s.Pictures) == 1 && s.Pictures[0] == PictureNodes {
			continue
		}
		c.add(fmt.Sprintf("/steps/%d/pictures", i), "expected an outcome that speaks of a Pod: step %s has nothing to draw", s.ID)
	}
}
